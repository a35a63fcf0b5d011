using System.Runtime.InteropServices;
using ColumnCrypt.Tool.Tests.Support;

namespace ColumnCrypt.Tool.Tests.Processes;

/// <summary>The built command as a process.</summary>
public sealed partial class ProcessTests
{
    private const int Sigint = 2;

    [Theory]
    [MemberData(nameof(Databases.All), MemberType = typeof(Databases))]
    public async Task Process_WithThePassphraseInAFileOnADescriptorOrInTheEnvironment_Works(DatabaseKind kind)
    {
        using var jo = new Operator(kind);
        jo.Configure($$"""{ "provider": "{{jo.Provider}}", "connection": "{{jo.Connection}}", "keks": ["{{jo.KekA}}"] }""");
        Assert.Equal(0, (await ToolProcess.RunAsync(jo, "columncrypt init --passphrase-file a.txt")).Code);
        var status = await ToolProcess.RunAsync(jo, "columncrypt status --json --passphrase-fd 3 3< a.txt");
        Assert.Equal((0, ""), (status.Code, status.Error));
        Assert.NotNull(status.Json["installationId"]);
        Assert.Equal(0, (await ToolProcess.RunAsync(jo, "columncrypt tenants list --passphrase-fd 0 < a.txt")).Code);
        Assert.Equal(0, (await ToolProcess.RunAsync(jo, "columncrypt keks list", ("COLUMNCRYPT_PASSPHRASE", Operator.Passphrase))).Code);
        Assert.Equal(0, (await ToolProcess.RunAsync(jo, "columncrypt keks list", ("COLUMNCRYPT_PASSPHRASE_FILE", "a.txt"))).Code);
        (await ToolProcess.RunAsync(jo, "columncrypt status < /dev/null")).Failed(2, "--passphrase-file");
        (await ToolProcess.RunAsync(jo, "columncrypt status --passphrase-file b.txt")).Failed(1, "denied");
        (await ToolProcess.RunAsync(jo, "columncrypt shred now acme --passphrase-file a.txt < /dev/null")).Failed(2, "--yes");
        (await ToolProcess.RunAsync(jo, "columncrypt nosuchverb")).Failed(2, "nosuchverb");
        Assert.StartsWith("Description:", (await ToolProcess.RunAsync(jo, "columncrypt --help")).Output, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Databases.All), MemberType = typeof(Databases))]
    public async Task Process_WhenInterruptedDuringARewrap_EndsWithOneAndGoesOn(DatabaseKind kind)
    {
        using var jo = new Operator(kind);
        await jo.SetUpAsync([.. Enumerable.Range(0, 20).Select(static i => $"tenant-{i}")]);
        jo.AllowB();
        using var process = ToolProcess.Start(jo, $"columncrypt rewrap --to {jo.KekB} --batch 1 --rate 4", []);
        string? first = await process.StandardError.ReadLineAsync();
        Assert.StartsWith("rewrap: ", first, StringComparison.Ordinal);
        Assert.Equal(0, Kill(process.Id, Sigint));
        string error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 1, $"{process.ExitCode}: {error}");
        Assert.Contains($"columncrypt rewrap --to {jo.KekB} --batch 1 --rate 4", error, StringComparison.Ordinal);
        var rest = (await jo.RunAsync("rewrap", "--to", jo.KekB, "--json")).IsDone().Json;
        Assert.InRange((int)rest["processed"]!, 1, 20);
        Assert.Equal(21, (int)rest["job"]!["succeeded"]!);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
