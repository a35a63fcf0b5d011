using System.Diagnostics;
using ColumnCrypt.TestSupport;

namespace ColumnCrypt.Repository.Tests.Tree;

/// <summary>Every package, packed once from what is built.</summary>
public sealed class PackedPackages : IAsyncLifetime
{
    private readonly TempFolder _folder = new();

    /// <summary>The file of a package. Fails unless there is exactly one.</summary>
    public string PathOf(string package) =>
        Assert.Single(Directory.EnumerateFiles(_folder.Path, $"{package}.*.nupkg"), path => char.IsAsciiDigit(Path.GetFileName(path)[package.Length + 1]));

    public async ValueTask InitializeAsync()
    {
        var start = new ProcessStartInfo("dotnet", ["pack", Repository.At("ColumnCrypt.sln"), "--no-build", "--configuration", Repository.Configuration, "--output", _folder.Path])
        {
            RedirectStandardOutput = true,
            Environment = { ["MSBUILDDISABLENODEREUSE"] = "1" },
        };
        using var process = Process.Start(start)!;
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, output);
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }
}
