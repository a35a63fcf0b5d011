using System.Reflection;

namespace ColumnCrypt.Repository.Tests.Surface;

public class ApprovedSurfaceTests
{
    public static TheoryData<string> Packages() => [.. Repository.Packages];

    [Theory]
    [MemberData(nameof(Packages))]
    public void PublicSurface_WhenRendered_IsTheApprovedText(string package)
    {
        var path = Repository.At("tests", "ColumnCrypt.Repository.Tests", "Approved", package + ".txt");
        var surface = SurfaceRenderer.Render(Assembly.Load(package));
        if (Environment.GetEnvironmentVariable("COLUMNCRYPT_APPROVE") == "1")
        {
            File.WriteAllText(path, surface);
        }

        Assert.True(File.Exists(path), $"{package} has no approved surface. Run the tests with COLUMNCRYPT_APPROVE=1 and read the file that appears.");
        var approved = File.ReadAllText(path).ReplaceLineEndings("\n");
        var added = surface.Split('\n').Except(approved.Split('\n')).ToList();
        var removed = approved.Split('\n').Except(surface.Split('\n')).ToList();
        Assert.True(
            approved == surface,
            $"The public surface of {package} changed. If it was on purpose, run the tests with COLUMNCRYPT_APPROVE=1 and commit the file.\n"
                + string.Join('\n', removed.Select(static line => "- " + line).Concat(added.Select(static line => "+ " + line))));
    }

    [Fact]
    public void ApprovedFiles_WhenListed_AreOnePerPackage()
    {
        var files = Repository.Files("tests/ColumnCrypt.Repository.Tests/Approved").Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal);
        Assert.Equal(Repository.Packages, files);
    }
}
