using ColumnCrypt.Configuration;
using ColumnCrypt.TestSupport;
using Microsoft.EntityFrameworkCore;

namespace ColumnCrypt.Benchmarks.Ef;

/// <summary>Rows of three strings of which one is looked up: an ordinary index on plaintext, a blind index on ciphertext, each in a SQLite file of its own, or in a PostgreSQL database of its own.</summary>
public sealed class SearchBench : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly ColumnCryptInstance _keys = ColumnCryptInstance.Create(static cc => cc.UseInMemoryKeys());
    private readonly DbContextOptions<IndexedContext<IndexedPlainPatient>> _plain;
    private readonly DbContextOptions<IndexedContext<IndexedSecretPatient>> _secret;

    /// <param name="postgreSql">Whether on a throw-away PostgreSQL server, else on SQLite.</param>
    public SearchBench(bool postgreSql = false)
    {
        _plain = Databases.On<IndexedContext<IndexedPlainPatient>>(postgreSql, _folder.File("plain.db")).Options;
        _secret = Databases.On<IndexedContext<IndexedSecretPatient>>(postgreSql, _folder.File("secret.db")).UseColumnCrypt(_keys).Options;
        using var plain = new IndexedContext<IndexedPlainPatient>(_plain);
        plain.Database.EnsureCreated();
        using var secret = new IndexedContext<IndexedSecretPatient>(_secret);
        secret.Database.EnsureCreated();
    }

    public async Task InsertPlainAsync(int rows)
    {
        await using var db = new IndexedContext<IndexedPlainPatient>(_plain);
        db.AddRange(Enumerable.Range(1, rows).Select(static i => new IndexedPlainPatient { Name = NameOf(i), Street = Text("street", i), Note = Text("note", i) }));
        await db.SaveChangesAsync();
    }

    public async Task InsertSecretAsync(int rows)
    {
        await using var db = new IndexedContext<IndexedSecretPatient>(_secret);
        db.AddRange(Enumerable.Range(1, rows).Select(static i => new IndexedSecretPatient { Name = NameOf(i), Street = Text("street", i), Note = Text("note", i) }));
        await db.SaveChangesAsync();
    }

    public async Task FindPlainAsync(int times)
    {
        await using var db = new IndexedContext<IndexedPlainPatient>(_plain);
        for (int i = 1; i <= times; i++)
        {
            string name = NameOf(i);
            _ = await db.Patients.AsNoTracking().SingleAsync(p => p.Name == name);
        }
    }

    public async Task FindSecretAsync(int times)
    {
        await using var db = new IndexedContext<IndexedSecretPatient>(_secret);
        for (int i = 1; i <= times; i++)
        {
            string name = NameOf(i);
            _ = await db.Patients.AsNoTracking().SingleAsync(p => p.Name == name);
        }
    }

    public async Task EmptyAsync()
    {
        await using var plain = new IndexedContext<IndexedPlainPatient>(_plain);
        await plain.Patients.ExecuteDeleteAsync();
        await using var secret = new IndexedContext<IndexedSecretPatient>(_secret);
        await secret.Patients.ExecuteDeleteAsync();
    }

    public void Dispose()
    {
        _keys.Dispose();
        _folder.Dispose();
    }

    private static string NameOf(int i) => Text("name", i);

    private static string Text(string what, int i) => $"the {what} of patient number {i:00000}";
}
