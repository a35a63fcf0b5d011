using System.Diagnostics;
using System.IO.Compression;
using System.Xml.Linq;
using ColumnCrypt.TestSupport;

namespace ColumnCrypt.Repository.Tests.Tree;

/// <summary>What a consumer gets.</summary>
public sealed class PackageTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public static TheoryData<string> Packages() => [.. Repository.Packages];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Packages))]
    public async Task Package_WhenPacked_HasDocumentationLicenseAndReadme(string package)
    {
        using var archive = ZipFile.OpenRead(await PackAsync(package));
        var files = archive.Entries.Select(static entry => entry.FullName).ToList();
        Assert.Contains($"lib/net10.0/{package}.dll", files);
        Assert.Contains($"lib/net10.0/{package}.xml", files);
        Assert.Contains("README.md", files);
        Assert.Equal("MIT", Specification(archive).Single(static element => element.Name.LocalName == "license").Value);
    }

    [Fact]
    public async Task EntityFrameworkPackage_WhenPacked_AcceptsEveryEf10AndNoOther()
    {
        using var archive = ZipFile.OpenRead(await PackAsync("ColumnCrypt.EntityFrameworkCore"));
        var range = Specification(archive)
            .Single(static element => element.Name.LocalName == "dependency" && (string)element.Attribute("id")! == "Microsoft.EntityFrameworkCore.Relational")
            .Attribute("version")!.Value;
        Assert.Matches(@"^\[10\.0\.[0-9]+, 11\.0\.0\)$", range);
        Assert.Contains(archive.Entries, static entry => entry.FullName == "buildTransitive/ColumnCrypt.EntityFrameworkCore.targets");
    }

    private async Task<string> PackAsync(string package)
    {
        var start = new ProcessStartInfo("dotnet", ["pack", Repository.At("src", package), "--no-build", "--configuration", Repository.Configuration, "--output", _folder.Path])
        {
            RedirectStandardOutput = true,
            Environment = { ["MSBUILDDISABLENODEREUSE"] = "1" },
        };
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, output);
        return Assert.Single(Directory.EnumerateFiles(_folder.Path, "*.nupkg"));
    }

    private static IEnumerable<XElement> Specification(ZipArchive archive)
    {
        using var text = archive.Entries.Single(static entry => entry.FullName.EndsWith(".nuspec", StringComparison.Ordinal)).Open();
        return [.. XDocument.Load(text).Descendants()];
    }
}
