using System.Diagnostics;

namespace ColumnCrypt.Repository.Tests.Speed;

/// <summary>What is measured here runs when nothing else of this assembly does.</summary>
[CollectionDefinition(nameof(IdleMachine), DisableParallelization = true)]
public sealed class IdleMachine;

/// <summary>No target of speed or memory is missed by more than half: the short mode of benchmarks/, in a process and a Release build of its own.</summary>
[Collection(nameof(IdleMachine))]
public class SpeedGateTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Benchmarks_WhenRunInShortMode_StayWithinTheirGates()
    {
        var start = new ProcessStartInfo("dotnet", ["run", "--configuration", "Release", "--project", Repository.At("benchmarks", "ColumnCrypt.Benchmarks"), "--", "--short"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,

            // Build servers would outlive the build and hold its output open.
            Environment = { ["MSBUILDDISABLENODEREUSE"] = "1", ["UseSharedCompilation"] = "false" },
        };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var table = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        output.WriteLine(table);
        Assert.True(process.ExitCode == 0, $"{table}\n{await error}");
        Assert.Contains("protect a string of 64 B", table, StringComparison.Ordinal);
    }
}
