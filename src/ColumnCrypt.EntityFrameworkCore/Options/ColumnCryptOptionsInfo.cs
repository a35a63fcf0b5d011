using Microsoft.EntityFrameworkCore.Infrastructure;

namespace ColumnCrypt.EntityFrameworkCore.Options;

/// <summary>Tells EF that ColumnCrypt's settings make no difference to its service provider.</summary>
internal sealed class ColumnCryptOptionsInfo(ColumnCryptOptionsExtension extension) : DbContextOptionsExtensionInfo(extension)
{
    public override bool IsDatabaseProvider => false;

    public override string LogFragment => "using ColumnCrypt ";

    public override int GetServiceProviderHashCode() => 0;

    public override bool ShouldUseSameServiceProvider(DbContextOptionsExtensionInfo other) => other is ColumnCryptOptionsInfo;

    public override void PopulateDebugInfo(IDictionary<string, string> debugInfo) => debugInfo["ColumnCrypt"] = "1";
}
