using System.Diagnostics;
using ColumnCrypt.Store.TestHost;
using Xunit;

namespace ColumnCrypt.Store.Tests.Processes;

/// <summary>A node in a process of its own.</summary>
internal sealed class NodeProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Task<string> _errors;

    public NodeProcess(Application application, int rows, HaltPoint halt)
    {
        var start = new ProcessStartInfo(
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            [typeof(Node).Assembly.Location, application.Provider, application.ConnectionString, application.KekFile, Application.Tenant, $"{rows}", $"{halt}"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["COLUMNCRYPT_PASSPHRASE"] = Application.Passphrase;
        _process = Process.Start(start)!;
        _errors = _process.StandardError.ReadToEndAsync();
    }

    /// <summary>The next line that the node says.</summary>
    public async Task<string> NextAsync() =>
        await _process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException($"The node ended: {await _errors}");

    public async Task ExpectAsync(string line) => Assert.Equal(line, await NextAsync());

    public Task GoAsync() => _process.StandardInput.WriteLineAsync("go");

    /// <summary>The keys of the rows that the node has still to write. Waits for its end.</summary>
    public async Task<IReadOnlyList<string>> FinishAsync()
    {
        var keys = (await _process.StandardOutput.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        await _process.WaitForExitAsync();
        Assert.True(_process.ExitCode == 0, $"The node ended with {_process.ExitCode}: {await _errors}");
        return keys;
    }

    /// <summary>Ends the node as a power cut would.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
    }
}
