using System.Xml.Linq;

namespace ColumnCrypt.Repository.Tests.Tree;

public class RootTests
{
    private static readonly string[] s_allowed =
    [
        "src", "tests", "benchmarks", "samples", "docs",
        "ColumnCrypt.sln", "Directory.Build.props", "Directory.Packages.props", "global.json",
        "README.md", "LICENSE", "CHANGELOG.md", "SECURITY.md",
    ];

    [Fact]
    public void Root_WhenListed_HoldsOnlyWhatBelongsThere()
    {
        var entries = new DirectoryInfo(Repository.Root).EnumerateFileSystemInfos().Select(static entry => entry.Name)
            .Where(static name => !name.StartsWith('.') && !Repository.IsGenerated(name));
        Assert.Empty(entries.Except(s_allowed));
    }

    [Fact]
    public void Solution_WhenRead_HoldsEveryProject()
    {
        var solution = File.ReadAllText(Repository.At("ColumnCrypt.sln")).Replace('\\', '/');
        var missing = Repository.Files(pattern: "*.csproj").Where(project => !solution.Contains($"\"{project}\"", StringComparison.Ordinal));
        Assert.Empty(missing);
    }

    [Fact]
    public void Packages_WhenReferenced_HaveTheirVersionInOnePlaceAndExactly()
    {
        var versions = XDocument.Load(Repository.At("Directory.Packages.props")).Descendants("PackageVersion").Select(static package => (string)package.Attribute("Version")!);
        Assert.All(versions, static version => Assert.Matches("^[0-9]+(\\.[0-9]+)+$", version));

        var elsewhere = Repository.Files(pattern: "*.csproj")
            .Where(static project => XDocument.Load(Repository.At(project)).Descendants("PackageReference").Any(static package => package.Attribute("Version") is not null));
        Assert.Empty(elsewhere);
    }
}
