using System.IO.Compression;
using System.Xml.Linq;

namespace ColumnCrypt.Repository.Tests.Tree;

/// <summary>What a consumer gets.</summary>
/// <param name="packed">Every package.</param>
public sealed class PackageTests(PackedPackages packed) : IClassFixture<PackedPackages>
{
    private const string Tool = "ColumnCrypt.Tool";

    public static TheoryData<string> Libraries() => [.. Repository.Packages.Where(static package => package != Tool)];

    [Theory]
    [MemberData(nameof(Libraries))]
    public void Package_WhenPacked_HasDocumentationLicenseAndReadme(string package)
    {
        using var archive = ZipFile.OpenRead(packed.PathOf(package));
        var files = archive.Entries.Select(static entry => entry.FullName).ToList();
        Assert.Contains($"lib/net10.0/{package}.dll", files);
        Assert.Contains($"lib/net10.0/{package}.xml", files);
        Assert.Contains("README.md", files);
        Assert.Equal("MIT", Specification(archive).Single(static element => element.Name.LocalName == "license").Value);
    }

    [Fact]
    public void ToolPackage_WhenPacked_IsTheCommandWithAllThatItNeeds()
    {
        using var archive = ZipFile.OpenRead(packed.PathOf(Tool));
        var files = archive.Entries.Select(static entry => entry.FullName).ToList();
        Assert.Contains("README.md", files);
        Assert.Contains($"tools/net10.0/any/{Tool}.dll", files);
        Assert.Contains("tools/net10.0/any/Npgsql.dll", files);
        Assert.Contains(Specification(archive), static element => element.Name.LocalName == "packageType" && (string?)element.Attribute("name") == "DotnetTool");
        using var settings = archive.GetEntry("tools/net10.0/any/DotnetToolSettings.xml")!.Open();
        var command = XDocument.Load(settings).Descendants("Command").Single();
        Assert.Equal("columncrypt", (string?)command.Attribute("Name"));
        Assert.Equal($"{Tool}.dll", (string?)command.Attribute("EntryPoint"));
    }

    [Fact]
    public void EntityFrameworkPackage_WhenPacked_AcceptsEveryEf10AndNoOther()
    {
        using var archive = ZipFile.OpenRead(packed.PathOf("ColumnCrypt.EntityFrameworkCore"));
        var range = Specification(archive)
            .Single(static element => element.Name.LocalName == "dependency" && (string)element.Attribute("id")! == "Microsoft.EntityFrameworkCore.Relational")
            .Attribute("version")!.Value;
        Assert.Matches(@"^\[10\.0\.[0-9]+, 11\.0\.0\)$", range);
        Assert.Contains(archive.Entries, static entry => entry.FullName == "buildTransitive/ColumnCrypt.EntityFrameworkCore.targets");
    }

    private static IEnumerable<XElement> Specification(ZipArchive archive)
    {
        using var text = archive.Entries.Single(static entry => entry.FullName.EndsWith(".nuspec", StringComparison.Ordinal)).Open();
        return [.. XDocument.Load(text).Descendants()];
    }
}
