using ColumnCrypt.Configuration;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Search;

/// <summary>A database with customers of any tenant, and the keys to it.</summary>
public sealed class Shop : IAsyncDisposable
{
    private static readonly Action<ModelBuilder> s_model = static m =>
    {
        m.Entity<Customer>().HasTenant(static c => c.TenantId);
        m.Entity<Purchase>();
    };

    private readonly Action<ModelBuilder> _model;
    private readonly TestDatabase _database;
    private readonly ColumnCryptInstance _keys = TestKeys.InMemory();

    private Shop(DatabaseKind kind, Action<ModelBuilder> model)
    {
        _model = model;
        _database = new TestDatabase(kind);
    }

    public TestDatabase Database => _database;

    public static async Task<Shop> OpenAsync(DatabaseKind kind, Action<ModelBuilder>? model = null)
    {
        var shop = new Shop(kind, model ?? s_model);
        await using var db = shop.As("a");
        await db.Database.EnsureCreatedAsync();
        return shop;
    }

    public AnyContext As(string tenant, Action<DbContextOptionsBuilder>? more = null) => AnyContext.Open(_database, _keys, _model, tenant, more);

    /// <summary>The index value that a customer's row holds, as hexadecimal.</summary>
    public string? IndexOf(int id, string column = "Ssn_bi") =>
        _database.Scalar(_database.Kind == DatabaseKind.Sqlite
            ? $"SELECT hex(\"{column}\") FROM \"Customer\" WHERE \"Id\" = {id} AND \"{column}\" IS NOT NULL"
            : $"SELECT upper(encode(\"{column}\", 'hex')) FROM \"Customer\" WHERE \"Id\" = {id}") as string;

    public async ValueTask DisposeAsync()
    {
        await _keys.DisposeAsync();
        _database.Dispose();
    }
}
