using System.Diagnostics;
using System.Globalization;
using ColumnCrypt.Store.TestHost;
using Xunit;

namespace ColumnCrypt.Store.Tests.Stepping;

/// <summary>A process that walks the rows of a ward, and is killed.</summary>
internal sealed class StepProcess : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _errors;

    private StepProcess(Ward ward, double rate, string[] step)
    {
        string[] arguments =
        [
            typeof(Node).Assembly.Location, "step", ward.IsPostgreSql ? "postgresql" : "sqlite", ward.Connections.Keys, ward.Connections.Data, ward.KekFile, rate.ToString(CultureInfo.InvariantCulture),
        ];
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [.. arguments, .. step])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment["COLUMNCRYPT_PASSPHRASE"] = Ward.Passphrase;
        _process = Process.Start(start)!;
        _errors = _process.StandardError.ReadToEndAsync();
    }

    /// <summary>Runs it to its end, killing it a few times in between; gives the last line that it says, and how often it was killed at work.</summary>
    /// <param name="ward">The ward.</param>
    /// <param name="rate">How many rows a second.</param>
    /// <param name="kills">How often it is killed, each time at a random moment after its first batch.</param>
    /// <param name="random">Chooses the moments.</param>
    /// <param name="step">The column that it adopts, and which step of it; none where it re-encrypts.</param>
    public static async Task<(string Last, int Kills)> RunAsync(Ward ward, double rate, int kills, Random random, params string[] step)
    {
        for (int run = 0; ; run++)
        {
            using var process = new StepProcess(ward, rate, step);
            string? line = await process._process.StandardOutput.ReadLineAsync();
            if (run < kills && line?.StartsWith("batch", StringComparison.Ordinal) == true)
            {
                await Task.Delay(random.Next(150));
                process._process.Kill();
                await process._process.WaitForExitAsync();
                continue;
            }

            string rest = await process._process.StandardOutput.ReadToEndAsync();
            await process._process.WaitForExitAsync();
            Assert.True(process._process.ExitCode == 0, await process._errors);
            return ((line + "\n" + rest).TrimEnd().Split('\n')[^1], run);
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}
