using ColumnCrypt.EntityFrameworkCore.Tests.Support;
using Microsoft.EntityFrameworkCore.Infrastructure;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Adopting;

/// <summary>The version of an application that was there before.</summary>
public class OldContext(DbContextOptions<OldContext> options, Action<ModelBuilder> build) : DbContext(options)
{
    public Action<ModelBuilder> Build { get; } = build;

    public DbSet<Employee> Employees => Set<Employee>();

    public static OldContext Open(TestDatabase database, Action<ModelBuilder> build)
    {
        var options = new DbContextOptionsBuilder<OldContext>();
        database.Configure(options);
        options.ReplaceService<IModelCacheKeyFactory, PerBuild>();
        return new OldContext(options.Options, build);
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder) => Build(modelBuilder);

    private sealed class PerBuild : IModelCacheKeyFactory
    {
        public object Create(DbContext context, bool designTime) => (((OldContext)context).Build.Method, designTime);
    }
}
