using System.Xml.Linq;

namespace ColumnCrypt.Repository.Tests.Architecture;

/// <summary>A project references only what is on a floor below its own, and of packages only what its floor allows.</summary>
public class FloorTests
{
    private static readonly Dictionary<string, (int Floor, string[] Packages)> s_floors = new(StringComparer.Ordinal)
    {
        ["ColumnCrypt.Abstractions"] = (0, []),
        ["ColumnCrypt"] = (1, ["Microsoft.Extensions.*.Abstractions", "Microsoft.Extensions.Options", "Polly.Core"]),
        ["ColumnCrypt.EntityFrameworkCore"] = (2, ["Microsoft.EntityFrameworkCore.Relational"]),
        ["ColumnCrypt.Sqlite"] = (2, ["Microsoft.Data.Sqlite", "SQLitePCLRaw.bundle_e_sqlite3"]),
        ["ColumnCrypt.PostgreSql"] = (2, ["Npgsql"]),
        ["ColumnCrypt.Quartz"] = (2, ["Quartz"]),
        ["ColumnCrypt.Kek.AwsKms"] = (2, ["AWSSDK.KeyManagementService"]),
        ["ColumnCrypt.Kek.AzureKeyVault"] = (2, ["Azure.Core", "Azure.Identity"]),
        ["ColumnCrypt.Kek.GoogleKms"] = (2, ["Google.Apis.Auth"]),
        ["ColumnCrypt.Kek.DataProtection"] = (2, ["Microsoft.AspNetCore.DataProtection", "Microsoft.Extensions.DependencyInjection"]),
        ["ColumnCrypt.Kek.Dpapi"] = (2, ["System.Security.Cryptography.ProtectedData"]),
        ["ColumnCrypt.Kek.Kmip"] = (2, []),
        ["ColumnCrypt.Kek.Pkcs11"] = (2, []),
        ["ColumnCrypt.Kek.Vault"] = (2, []),
        ["ColumnCrypt.Tool"] = (3, ["Spectre.Console", "System.CommandLine"]),
    };

    public static TheoryData<string> Packages() => [.. Repository.Packages];

    [Theory]
    [MemberData(nameof(Packages))]
    public void Project_WhenRead_ReferencesOnlyLowerFloors(string package)
    {
        var (floor, _) = FloorOf(package);
        foreach (var reference in References(package, "ProjectReference"))
        {
            var other = Path.GetFileNameWithoutExtension(reference.Replace('\\', '/').Split('/')[^1]);
            Assert.True(FloorOf(other).Floor < floor, $"{package} stands on floor {floor} and may not reference {other}, which is not below it.");
        }
    }

    [Theory]
    [MemberData(nameof(Packages))]
    public void Project_WhenRead_ReferencesOnlyThePackagesOfItsFloor(string package)
    {
        foreach (var reference in References(package, "PackageReference"))
        {
            Assert.True(FloorOf(package).Packages.Any(pattern => Matches(reference, pattern)), $"{package} may not reference the package {reference}.");
        }
    }

    private static (int Floor, string[] Packages) FloorOf(string package) =>
        s_floors.TryGetValue(package, out var floor)
            ? floor
            : throw new InvalidOperationException($"src/{package} is on no floor: add it to this table, with the packages it may use.");

    private static IEnumerable<string> References(string package, string element) =>
        XDocument.Load(Repository.At("src", package, package + ".csproj")).Descendants(element)
            .Where(static reference => (string?)reference.Attribute("PrivateAssets") != "all")
            .Select(static reference => (string)reference.Attribute("Include")!);

    private static bool Matches(string name, string pattern) =>
        pattern.Split('*') is [var head, var tail]
            ? name.StartsWith(head, StringComparison.Ordinal) && name.EndsWith(tail, StringComparison.Ordinal)
            : name == pattern;
}
