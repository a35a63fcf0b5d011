using ColumnCrypt.Configuration;
using ColumnCrypt.TestSupport;
using Microsoft.EntityFrameworkCore;

namespace ColumnCrypt.Benchmarks.Ef;

/// <summary>Rows of three strings of about 30 characters, in plaintext and encrypted, each in a SQLite file of its own.</summary>
public sealed class EfBench : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly ColumnCryptInstance _keys = ColumnCryptInstance.Create(static cc => cc.UseInMemoryKeys());
    private readonly DbContextOptions<PlainContext> _plain;
    private readonly DbContextOptions<SecretContext> _secret;

    public EfBench()
    {
        _plain = new DbContextOptionsBuilder<PlainContext>().UseSqlite($"Data Source={_folder.File("plain.db")};Pooling=False").Options;
        _secret = new DbContextOptionsBuilder<SecretContext>().UseSqlite($"Data Source={_folder.File("secret.db")};Pooling=False").UseColumnCrypt(_keys).Options;
        using var plain = new PlainContext(_plain);
        plain.Database.EnsureCreated();
        using var secret = new SecretContext(_secret);
        secret.Database.EnsureCreated();
    }

    public async Task<int> ReadPlainAsync()
    {
        await using var db = new PlainContext(_plain);
        return (await db.Plain.AsNoTracking().ToListAsync()).Count;
    }

    public async Task<int> ReadSecretAsync()
    {
        await using var db = new SecretContext(_secret);
        return (await db.Secret.AsNoTracking().ToListAsync()).Count;
    }

    public async Task InsertPlainAsync(int rows)
    {
        await using var db = new PlainContext(_plain);
        db.AddRange(Enumerable.Range(1, rows).Select(static i => new PlainPatient { Name = Text("name", i), Street = Text("street", i), Note = Text("note", i) }));
        await db.SaveChangesAsync();
    }

    public async Task InsertSecretAsync(int rows)
    {
        await using var db = new SecretContext(_secret);
        db.AddRange(Enumerable.Range(1, rows).Select(static i => new SecretPatient { Name = Text("name", i), Street = Text("street", i), Note = Text("note", i) }));
        await db.SaveChangesAsync();
    }

    public async Task EmptyAsync()
    {
        await using var plain = new PlainContext(_plain);
        await plain.Plain.ExecuteDeleteAsync();
        await using var secret = new SecretContext(_secret);
        await secret.Secret.ExecuteDeleteAsync();
    }

    public void Dispose()
    {
        _keys.Dispose();
        _folder.Dispose();
    }

    private static string Text(string what, int i) => $"the {what} of patient number {i:00000}";
}
