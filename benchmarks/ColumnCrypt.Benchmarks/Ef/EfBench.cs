using ColumnCrypt.Configuration;
using ColumnCrypt.TestSupport;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.Benchmarks.Ef;

/// <summary>Rows of three strings of about 30 characters, in plaintext and encrypted, each in a SQLite file of its own, or in a PostgreSQL database of its own.</summary>
public sealed class EfBench : IDisposable
{
    private static int s_change;
    private readonly Func<PlainContext, IAsyncEnumerable<PlainPatient>> _compiledPlain = EF.CompileAsyncQuery(static (PlainContext db) => db.Plain.AsNoTracking());
    private readonly Func<SecretContext, IAsyncEnumerable<SecretPatient>> _compiledSecret = EF.CompileAsyncQuery(static (SecretContext db) => db.Secret.AsNoTracking());
    private readonly TempFolder _folder = new();
    private readonly ColumnCryptInstance _keys = ColumnCryptInstance.Create(static cc => cc.UseInMemoryKeys());
    private readonly DbContextOptions<PlainContext> _plain;
    private readonly DbContextOptions<SecretContext> _secret;
    private readonly PooledDbContextFactory<PlainContext> _plainPool;
    private readonly PooledDbContextFactory<SecretContext> _pool;

    /// <param name="postgreSql">Whether on a throw-away PostgreSQL server, else on SQLite.</param>
    public EfBench(bool postgreSql = false)
    {
        _plain = Databases.On<PlainContext>(postgreSql, _folder.File("plain.db")).Options;
        _secret = Databases.On<SecretContext>(postgreSql, _folder.File("secret.db")).UseColumnCrypt(_keys).Options;
        _pool = new PooledDbContextFactory<SecretContext>(_secret);
        _plainPool = new PooledDbContextFactory<PlainContext>(_plain);
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

    public async Task<int> ReadTrackedPlainAsync()
    {
        await using var db = new PlainContext(_plain);
        return (await db.Plain.ToListAsync()).Count;
    }

    public async Task<int> ReadTrackedSecretAsync()
    {
        await using var db = new SecretContext(_secret);
        return (await db.Secret.ToListAsync()).Count;
    }

    public async Task<int> ReadCompiledPlainAsync()
    {
        await using var db = await _plainPool.CreateDbContextAsync();
        int count = 0;
        await foreach (var _ in _compiledPlain(db))
        {
            count++;
        }

        return count;
    }

    public async Task<int> ReadCompiledSecretAsync()
    {
        await using var db = await _pool.CreateDbContextAsync();
        int count = 0;
        await foreach (var _ in _compiledSecret(db))
        {
            count++;
        }

        return count;
    }

    public async Task UpdatePlainAsync()
    {
        await using var db = new PlainContext(_plain);
        await db.Plain.ForEachAsync(static patient => patient.Name = Text("name", Interlocked.Increment(ref s_change)));
        await db.SaveChangesAsync();
    }

    public async Task UpdateSecretAsync()
    {
        await using var db = new SecretContext(_secret);
        await db.Secret.ForEachAsync(static patient => patient.Name = Text("name", Interlocked.Increment(ref s_change)));
        await db.SaveChangesAsync();
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
