using System.Diagnostics;
using System.Globalization;
using ColumnCrypt.EntityFrameworkCore.TestHost;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Load;

/// <summary>The filling of an index in a process of its own.</summary>
internal sealed class FillProcess : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _errors;

    private FillProcess(ProcessStartInfo start)
    {
        _process = Process.Start(start)!;
        _errors = _process.StandardError.ReadToEndAsync();
    }

    /// <summary>Starts it.</summary>
    /// <param name="arguments">What names the application.</param>
    /// <param name="passphrase">The passphrase of its KEK.</param>
    /// <param name="batch">How many rows are filled in one transaction.</param>
    /// <param name="rate">How many rows are looked at a second.</param>
    public static FillProcess Start(IReadOnlyList<string> arguments, string passphrase, int batch, int rate)
    {
        var start = new ProcessStartInfo(
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [typeof(Application).Assembly.Location, .. arguments, $"{batch}", $"{rate}"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["COLUMNCRYPT_PASSPHRASE"] = passphrase;
        return new FillProcess(start);
    }

    /// <summary>Reads how far it is, until it has looked at so many rows.</summary>
    /// <returns>False where it was done before.</returns>
    public async Task<bool> ReachAsync(int rows, Action<int> heard)
    {
        while (await NextAsync() is var line && !line.StartsWith("done", StringComparison.Ordinal))
        {
            int processed = int.Parse(line, CultureInfo.InvariantCulture);
            heard(processed);
            if (processed >= rows)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Waits for its end.</summary>
    /// <returns>How many rows it has filled, and how many it could not.</returns>
    public async Task<(int Filled, int Failed)> FinishAsync(Action<int> heard)
    {
        string line;
        while (!(line = await NextAsync()).StartsWith("done", StringComparison.Ordinal))
        {
            heard(int.Parse(line, CultureInfo.InvariantCulture));
        }

        string[] fields = line.Split(' ');
        return (int.Parse(fields[1], CultureInfo.InvariantCulture), int.Parse(fields[2], CultureInfo.InvariantCulture));
    }

    /// <summary>Ends it as a power cut would.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private async Task<string> NextAsync() =>
        await _process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException($"The filling ended: {await _errors}");
}
