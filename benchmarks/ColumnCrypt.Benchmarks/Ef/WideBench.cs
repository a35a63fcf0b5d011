using System.Reflection;
using ColumnCrypt.Configuration;
using ColumnCrypt.TestSupport;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.Benchmarks.Ef;

/// <summary>Rows of so many strings of about 30 characters, in plaintext and encrypted, each in a SQLite file of its own.</summary>
public sealed class WideBench : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly ColumnCryptInstance _keys = ColumnCryptInstance.Create(static cc => cc.UseInMemoryKeys());
    private readonly DbContextOptions _plain;
    private readonly DbContextOptions _secret;
    private readonly int _columns;

    public WideBench(int columns)
    {
        _columns = columns;
        _plain = new DbContextOptionsBuilder().UseSqlite($"Data Source={_folder.File("plain.db")};Pooling=False").Options;
        _secret = new DbContextOptionsBuilder().UseSqlite($"Data Source={_folder.File("secret.db")};Pooling=False").UseColumnCrypt(_keys).Options;
    }

    public async Task FillAsync(int rows)
    {
        foreach (bool encrypted in (bool[])[false, true])
        {
            await using var db = Open(encrypted);
            await db.Database.EnsureCreatedAsync();
            var properties = Enumerable.Range(0, _columns).Select(static i => typeof(Wide).GetProperty($"C{i:00}", BindingFlags.Instance | BindingFlags.Public)!).ToList();
            for (int row = 1; row <= rows; row++)
            {
                var wide = new Wide();
                properties.ForEach(property => property.SetValue(wide, $"column {property.Name} of row {row:00000000}"));
                db.Add(wide);
            }

            await db.SaveChangesAsync();
        }
    }

    public async Task ReadAsync(bool encrypted)
    {
        await using var db = Open(encrypted);
        await db.Set<Wide>().AsNoTracking().ToListAsync();
    }

    public void Dispose()
    {
        _keys.Dispose();
        _folder.Dispose();
    }

    private WideContext Open(bool encrypted) => new(encrypted ? _secret : _plain, _columns, encrypted);
}
