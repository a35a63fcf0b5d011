using System.Diagnostics;

namespace ColumnCrypt.Kek.Tests.Vault;

/// <summary>A client of Vault that has nothing to do with this project takes the double for one.</summary>
public sealed class HvacTests
{
    private const string Python = "/usr/bin/python3";

    [Fact]
    public async Task Hvac_DrivesTheDouble()
    {
        if (!File.Exists(Python) || !Directory.Exists("/usr/lib/python3/dist-packages/hvac"))
        {
            RequiredServers.Missing("hvac is not installed: run .ci/install-servers as root.");
        }

        using var server = new VaultServer();
        var start = new ProcessStartInfo(Python, [Path.Combine(AppContext.BaseDirectory, "drive_hvac.py"), server.Http.Address.OriginalString, TransitDouble.RootToken])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["NO_PROXY"] = "*";
        using var hvac = Process.Start(start)!;
        var output = hvac.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        string errors = await hvac.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await hvac.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(hvac.ExitCode == 0, errors);
        Assert.Equal("driven\n", await output);
    }
}
