using System.Diagnostics;
using System.Globalization;
using ColumnCrypt.Quartz.TestHost;

namespace ColumnCrypt.Quartz.Tests;

/// <summary>A node of the cluster in a process of its own.</summary>
internal sealed class NodeProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Task<string> _errors;

    private NodeProcess(Process process)
    {
        _process = process;
        _errors = process.StandardError.ReadToEndAsync();
    }

    public static async Task<NodeProcess> StartAsync(string connectionString, string oldKek, string newKek, string name, string passphrase, double? rowsPerSecond = null)
    {
        string[] arguments = [typeof(FleetNode).Assembly.Location, connectionString, oldKek, newKek, name];
        var start = new ProcessStartInfo(
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            rowsPerSecond is { } rate ? [.. arguments, rate.ToString(CultureInfo.InvariantCulture)] : arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["COLUMNCRYPT_PASSPHRASE"] = passphrase;
        var node = new NodeProcess(Process.Start(start)!);
        string? said = await node._process.StandardOutput.ReadLineAsync();
        Assert.True(said == "ready", $"The node said '{said}' and ended: {(said is null ? await node._errors : "")}");
        return node;
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
