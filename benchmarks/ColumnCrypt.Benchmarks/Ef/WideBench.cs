using System.Reflection;
using ColumnCrypt.Configuration;
using ColumnCrypt.TestSupport;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.Benchmarks.Ef;

/// <summary>Rows of so many strings of about 30 characters, in plaintext or encrypted.</summary>
public sealed class WideBench : IDisposable
{
    private static int s_change;
    private readonly TempFolder _folder = new();
    private readonly ColumnCryptInstance _keys = ColumnCryptInstance.Create(static cc => cc.UseInMemoryKeys());
    private readonly Func<WideContext, IAsyncEnumerable<Wide>> _compiled = EF.CompileAsyncQuery(static (WideContext db) => db.Set<Wide>().AsNoTracking());
    private readonly IReadOnlyList<PropertyInfo> _properties;
    private readonly DbContextOptions<WideContext> _options;
    private readonly PooledDbContextFactory<WideContext> _pool;

    /// <param name="columns">How many strings a row has.</param>
    /// <param name="encrypted">Whether they are encrypted.</param>
    /// <param name="postgreSql">Whether on a throw-away PostgreSQL server, else on SQLite.</param>
    public WideBench(int columns, bool encrypted, bool postgreSql)
    {
        _properties = [.. Enumerable.Range(0, columns).Select(static i => typeof(Wide).GetProperty($"C{i:00}", BindingFlags.Instance | BindingFlags.Public)!)];
        var options = Databases.On<WideContext>(postgreSql, _folder.File("wide.db")).ReplaceService<IModelCacheKeyFactory, WideShape.PerShape>();
        ((IDbContextOptionsBuilderInfrastructure)options).AddOrUpdateExtension(new WideShape(columns, encrypted));
        _options = (encrypted ? options.UseColumnCrypt(_keys) : options).Options;
        _pool = new PooledDbContextFactory<WideContext>(_options);
        using var db = new WideContext(_options);
        db.Database.EnsureCreated();
    }

    public async Task InsertAsync(int rows)
    {
        await using var db = new WideContext(_options);
        for (int row = 1; row <= rows; row++)
        {
            var wide = new Wide();
            foreach (var property in _properties)
            {
                property.SetValue(wide, $"column {property.Name} of row {row:00000000}");
            }

            db.Add(wide);
        }

        await db.SaveChangesAsync();
    }

    public async Task ReadAsync()
    {
        await using var db = new WideContext(_options);
        await db.Set<Wide>().AsNoTracking().ToListAsync();
    }

    public async Task ReadTrackedAsync()
    {
        await using var db = new WideContext(_options);
        await db.Set<Wide>().ToListAsync();
    }

    public async Task ReadCompiledAsync()
    {
        await using var db = new WideContext(_options);
        await DrainAsync(_compiled(db));
    }

    public async Task ReadPooledAsync()
    {
        await using var db = await _pool.CreateDbContextAsync();
        await db.Set<Wide>().AsNoTracking().ToListAsync();
    }

    public async Task UpdateAsync()
    {
        await using var db = new WideContext(_options);
        await db.Set<Wide>().ForEachAsync(static wide => wide.C00 = $"column C00 changed {Interlocked.Increment(ref s_change):00000000}");
        await db.SaveChangesAsync();
    }

    public async Task EmptyAsync()
    {
        await using var db = new WideContext(_options);
        await db.Set<Wide>().ExecuteDeleteAsync();
    }

    public void Dispose()
    {
        _keys.Dispose();
        _folder.Dispose();
    }

    private static async Task DrainAsync(IAsyncEnumerable<Wide> rows)
    {
        await foreach (var _ in rows)
        {
        }
    }
}
