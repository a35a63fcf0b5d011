using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.Benchmarks.Ef;

/// <summary>Tells a <see cref="WideContext"/>, which a pool makes from its options alone, what it maps.</summary>
/// <param name="columns">The first so many strings of <see cref="Wide"/>.</param>
/// <param name="encrypted">Whether they are encrypted.</param>
public sealed class WideShape(int columns, bool encrypted) : IDbContextOptionsExtension
{
    public int Columns => columns;

    public bool Encrypted => encrypted;

    public DbContextOptionsExtensionInfo Info => new ShapeInfo(this);

    public void ApplyServices(IServiceCollection services)
    {
        // It brings none.
    }

    public void Validate(IDbContextOptions options)
    {
        // Any shape goes with any options.
    }

    /// <summary>A model for each shape.</summary>
    public sealed class PerShape : IModelCacheKeyFactory
    {
        public object Create(DbContext context, bool designTime) =>
            context.GetService<IDbContextOptions>().FindExtension<WideShape>() is { } shape ? (shape.Columns, shape.Encrypted, designTime) : (context.GetType(), designTime);
    }

    private sealed class ShapeInfo(WideShape shape) : DbContextOptionsExtensionInfo(shape)
    {
        public override bool IsDatabaseProvider => false;

        public override string LogFragment => "";

        public override int GetServiceProviderHashCode() => 0;

        public override bool ShouldUseSameServiceProvider(DbContextOptionsExtensionInfo other) => true;

        public override void PopulateDebugInfo(IDictionary<string, string> debugInfo) => debugInfo["Wide"] = "1";
    }
}
