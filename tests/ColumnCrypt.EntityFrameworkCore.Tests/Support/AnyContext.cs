using ColumnCrypt.Configuration;
using Microsoft.EntityFrameworkCore.Infrastructure;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Support;

/// <summary>A context whose model a test gives; models of different tests are never shared.</summary>
public class AnyContext(DbContextOptions options, Action<ModelBuilder> build) : DbContext(options)
{
    public string? Tenant { get; set; }

    public Action<ModelBuilder> Build { get; } = build;

    public static AnyContext Open(
        TestDatabase database,
        ColumnCryptInstance keys,
        Action<ModelBuilder> build,
        string? tenant = null,
        Action<DbContextOptionsBuilder>? more = null)
    {
        var options = new DbContextOptionsBuilder<AnyContext>();
        database.Configure(options);
        more?.Invoke(options);
        options.ReplaceService<IModelCacheKeyFactory, PerBuild>();
        _ = tenant is null ? options.UseColumnCrypt(keys) : options.UseColumnCrypt(static c => c.Tenant, keys);
        return new AnyContext(options.Options, build) { Tenant = tenant };
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder) => Build(modelBuilder);

    private sealed class PerBuild : IModelCacheKeyFactory
    {
        public object Create(DbContext context, bool designTime) => ((AnyContext)context).Build.Method is var method ? (method, designTime) : designTime;
    }
}
