using ColumnCrypt.Configuration;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Search;

/// <summary>A database with measures of any tenant, and the keys to it.</summary>
public sealed class RangeRoom(DatabaseKind kind, Action<ModelBuilder> build) : IAsyncDisposable
{
    public TestDatabase Database { get; } = new(kind);

    public ColumnCryptInstance Keys { get; } = TestKeys.InMemory();

    /// <summary>A context of a tenant, or of none.</summary>
    public AnyContext As(string? tenant, Action<ModelBuilder>? model = null)
    {
        var db = AnyContext.Open(Database, Keys, model ?? build, "none");
        db.Tenant = tenant;
        return db;
    }

    public async ValueTask DisposeAsync()
    {
        await Keys.DisposeAsync();
        Database.Dispose();
    }
}
