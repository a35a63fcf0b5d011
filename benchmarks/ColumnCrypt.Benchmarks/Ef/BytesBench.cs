using ColumnCrypt.Configuration;
using ColumnCrypt.Format;
using ColumnCrypt.Keys;
using ColumnCrypt.TestSupport;
using Microsoft.EntityFrameworkCore;

namespace ColumnCrypt.Benchmarks.Ef;

/// <summary>What of a whole operation is neither Entity Framework's nor the database's for plaintext: larger values, and the encryption of as many.</summary>
public sealed class BytesBench : IDisposable
{
    private const string Text = "the name of patient number 00001";
    private static readonly string[] s_purposes = ["bench.name", "bench.street", "bench.note"];
    private readonly TempFolder _folder = new();
    private readonly ColumnCryptInstance _keys = ColumnCryptInstance.Create(static cc => cc.UseInMemoryKeys());
    private readonly KeyRingLease _lease;
    private readonly DbContextOptions<BytesContext> _options;
    private readonly byte[] _value;

    /// <param name="postgreSql">Whether on a throw-away PostgreSQL server, else on SQLite.</param>
    public BytesBench(bool postgreSql)
    {
        _lease = _keys.AcquireRing("bench", 1L << 28);
        _value = _lease.Encrypt(s_purposes[0], Text, ValueCodecs.For<string>());
        _options = Databases.On<BytesContext>(postgreSql, _folder.File("bytes.db")).Options;
        using var db = new BytesContext(_options);
        db.Database.EnsureCreated();
    }

    public async Task InsertAsync(int rows)
    {
        await using var db = new BytesContext(_options);
        db.AddRange(Enumerable.Range(1, rows).Select(_ => new BytesPatient { Name = Random(), Street = Random(), Note = Random() }));
        await db.SaveChangesAsync();
    }

    public async Task ReadAsync()
    {
        await using var db = new BytesContext(_options);
        await db.Rows.AsNoTracking().ToListAsync();
    }

    public async Task EmptyAsync()
    {
        await using var db = new BytesContext(_options);
        await db.Rows.ExecuteDeleteAsync();
    }

    /// <summary>Protects the values of so many rows.</summary>
    public Task ProtectAsync(int rows)
    {
        for (int i = 0; i < rows; i++)
        {
            foreach (string purpose in s_purposes)
            {
                _lease.Encrypt(purpose, Text, ValueCodecs.For<string>());
            }
        }

        return Task.CompletedTask;
    }

    /// <summary>Unprotects the values of so many rows.</summary>
    public Task UnprotectAsync(int rows)
    {
        for (int i = 0; i < 3 * rows; i++)
        {
            _lease.Decrypt(s_purposes[0], _value, ValueCodecs.For<string>());
        }

        return Task.CompletedTask;
    }

    public void Dispose()
    {
        _lease.Dispose();
        _keys.Dispose();
        _folder.Dispose();
    }

    // Like ciphertext it cannot be compressed; taken from a generator that costs little.
    private byte[] Random()
    {
        byte[] bytes = new byte[_value.Length];
        System.Random.Shared.NextBytes(bytes);
        return bytes;
    }
}
