using ColumnCrypt.TestSupport;
using ColumnCrypt.Tool.Tests.Support;

namespace ColumnCrypt.Tool.Tests.Verbs;

public sealed class RewrapTests
{
    private static readonly string[] s_tenants = [.. Enumerable.Range(0, 12).Select(static i => $"tenant-{i}")];

    [Theory]
    [MemberData(nameof(Databases.All), MemberType = typeof(Databases))]
    public async Task Rewrap_WhenRunTwice_MovesEveryKeyAndTellsHowFarItIs(DatabaseKind kind)
    {
        using var jo = new Operator(kind);
        await jo.SetUpAsync(s_tenants);
        jo.AllowB();
        var plan = (await jo.RunAsync("rewrap", "--to", jo.KekB, "--dry-run", "--json")).IsDone().Json;
        Assert.True((bool)plan["dryRun"]!);
        Assert.Equal(13, (int)plan["remaining"]!);
        var lines = new List<string>();
        jo.OnErrorLine = lines.Add;
        var result = (await jo.RunAsync("rewrap", "--to", jo.KekB, "--from", jo.KekA, "--batch", "5", "--rate", "10000", "--json")).IsDone().Json;
        Assert.Equal((13, 13, 0), ((int)result["processed"]!, (int)result["succeeded"]!, (int)result["failed"]!));
        Assert.Equal("Completed", (string)result["job"]!["state"]!);
        Assert.Contains(lines, static line => line.StartsWith("rewrap: 5 of 13 processed, 5 succeeded, 0 failed", StringComparison.Ordinal));

        (await jo.RunAsync("rewrap", "--to", jo.KekB, "--drop")).Failed(2, "--yes");
        (await jo.RunAsync("rewrap", "--to", jo.KekB, "--drop", "--dry-run")).IsDone();
        jo.Types = jo.KekB;
        Assert.Contains("0 failed", (await jo.RunAsync("rewrap", "--to", jo.KekB, "--drop")).IsDone().Output, StringComparison.Ordinal);
        jo.Types = null;
        jo.Configure($$"""{ "provider": "{{jo.Provider}}", "connection": "{{jo.Connection}}" }""");
        (await jo.RunAsync("status", "--kek", jo.KekB, "--passphrase-file", "b.txt")).IsDone();
        var old = await jo.RunAsync("status", "--kek", jo.KekA, "--passphrase-file", "a.txt", "--json");
        Assert.Equal((1, "kek-not-allowed"), (old.Code, old.ErrorKind));
    }

    [Fact]
    public async Task Rewrap_ToAnEscrow_SaysThatNothingIsProvedOrToBeDropped()
    {
        using var jo = new Operator();
        using var escrow = new EscrowFile();
        await jo.SetUpAsync(s_tenants);
        string pin = (string)(await jo.RunAsync("init", "--json")).IsDone().Json["commitment"]!;
        var added = (await jo.RunAsync("rewrap", "--to", escrow.Uri, "--pin", pin)).IsDone();
        Assert.Contains("13 have an unverified wrap", added.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("--drop", added.Output, StringComparison.Ordinal);
        (await jo.RunAsync("rewrap", "--to", escrow.Uri, "--pin", pin, "--drop", "--yes")).Failed(1, "does not replace it");
    }

    [Theory]
    [MemberData(nameof(Databases.All), MemberType = typeof(Databases))]
    public async Task Rewrap_WhenInterrupted_SaysHowToGoOnAndGoesOn(DatabaseKind kind)
    {
        using var jo = new Operator(kind);
        await jo.SetUpAsync(s_tenants);
        jo.AllowB();
        using var signal = new CancellationTokenSource();
        jo.OnErrorLine = line =>
        {
            if (line.StartsWith("rewrap: ", StringComparison.Ordinal))
            {
                signal.Cancel();
            }
        };
        var interrupted = await jo.RunAsync(signal.Token, "rewrap", "--to", jo.KekB, "--batch", "4", "--connection", jo.Connection);
        interrupted.Failed(1, $"To go on: columncrypt rewrap --to {jo.KekB} --batch 4");
        Assert.DoesNotContain("--connection", interrupted.Error, StringComparison.Ordinal);

        jo.OnErrorLine = null;
        var job = (await jo.RunAsync("jobs", "list", "--json")).IsDone().Json[0]!;
        Assert.InRange((int)job["processed"]!, 4, 12);
        var rest = (await jo.RunAsync("rewrap", "--to", jo.KekB, "--batch", "4", "--json")).IsDone().Json;
        Assert.Equal(13 - (int)job["processed"]!, (int)rest["processed"]!);
        Assert.Equal((string)job["jobId"]!, (string)rest["job"]!["jobId"]!);
        Assert.Equal(13, (int)rest["job"]!["succeeded"]!);
    }

    [Fact]
    public async Task Rewrap_OnATerminal_ShowsABarAndTakesItAway()
    {
        using var jo = new Operator { Watches = true };
        await jo.SetUpAsync("acme");
        jo.AllowB();
        var run = (await jo.RunAsync("rewrap", "--to", jo.KekB)).IsDone();
        Assert.Contains("\u001b[", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("rewrap: ", run.Error, StringComparison.Ordinal);
        Assert.Contains("2 have a verified wrap", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Databases.All), MemberType = typeof(Databases))]
    public async Task Rewrap_WhenTheNewKekIsDown_FailsWithoutLosingAnything(DatabaseKind kind)
    {
        using var jo = new Operator(kind);
        await jo.SetUpAsync("acme");
        jo.AllowB();
        File.Move(jo.Folder.File("b.json"), jo.Folder.File("away.json"));
        var run = await jo.RunAsync("rewrap", "--to", jo.KekB);
        Assert.Equal(1, run.Code);
        Assert.Contains("b.json", run.Output + run.Error, StringComparison.Ordinal);
        File.Move(jo.Folder.File("away.json"), jo.Folder.File("b.json"));
        (await jo.RunAsync("status")).IsDone();
        (await jo.RunAsync("rewrap", "--to", jo.KekB)).IsDone();
    }

    [Theory]
    [MemberData(nameof(Databases.All), MemberType = typeof(Databases))]
    public async Task Job_WhenADbaWithoutKekAsksForIt_RunsOnceApproved(DatabaseKind kind)
    {
        using var jo = new Operator(kind);
        await jo.SetUpAsync("acme");
        jo.Configure($$"""{ "provider": "{{jo.Provider}}", "connection": "{{jo.Connection}}" }""");
        (await jo.RunAsync("rewrap", "--to", jo.KekB, "--enqueue", "--dry-run")).IsDone();
        var job = (await jo.RunAsync("rewrap", "--to", jo.KekB, "--enqueue", "--json")).IsDone().Json;
        Assert.Equal("Requested", (string)job["state"]!);
        (await jo.RunAsync("jobs", "list")).Failed(2, "--enqueue");

        jo.AllowB();
        string jobId = (string)job["jobId"]!;
        Assert.Contains(jobId, (await jo.RunAsync("jobs", "list")).IsDone().Output, StringComparison.Ordinal);
        Assert.Equal(0, (int)(await jo.RunAsync("jobs", "run", "--json")).IsDone().Json["jobs"]!);
        (await jo.RunAsync("jobs", "approve", jobId, "--dry-run")).IsDone();
        (await jo.RunAsync("jobs", "approve", jobId)).Failed(2, "asked for will be run: {\"to\"");
        Assert.Equal("Ready", (string)(await jo.RunAsync("jobs", "approve", jobId, "--yes", "--json")).IsDone().Json["state"]!);
        Assert.Single((await jo.RunAsync("jobs", "run", "--dry-run", "--json")).IsDone().Json["target"]!.AsArray());
        Assert.Equal(1, (int)(await jo.RunAsync("jobs", "run", "--json")).IsDone().Json["jobs"]!);
        (await jo.RunAsync("jobs", "cancel", jobId)).Failed(1, "Completed");
        (await jo.RunAsync("jobs", "cancel", jobId, "--dry-run")).Failed(1, "Completed");
        (await jo.RunAsync("jobs", "approve", "nosuchjob", "--dry-run")).Failed(1, "no job");
    }

    [Theory]
    [MemberData(nameof(Databases.All), MemberType = typeof(Databases))]
    public async Task Job_WhenCancelled_IsNotRun(DatabaseKind kind)
    {
        using var jo = new Operator(kind);
        await jo.SetUpAsync("acme");
        jo.AllowB();
        string jobId = (string)(await jo.RunAsync("rewrap", "--to", jo.KekB, "--enqueue", "--json")).IsDone().Json["jobId"]!;
        (await jo.RunAsync("jobs", "cancel", jobId, "--dry-run")).IsDone();
        Assert.Equal("Cancelled", (string)(await jo.RunAsync("jobs", "cancel", jobId, "--json")).IsDone().Json["state"]!);
        Assert.Equal("No job is ready.", (await jo.RunAsync("jobs", "run")).IsDone().Output.Trim());
    }

    [Theory]
    [InlineData("--batch", "0")]
    [InlineData("--batch", "1001")]
    [InlineData("--rate", "-1")]
    [InlineData("--rate", "fast")]
    [InlineData("--partition", "4/4")]
    [InlineData("--partition", "1")]
    [InlineData("--partition", "0/257")]
    public async Task Rewrap_WhenANumberIsOutOfBounds_IsAUsageError(string option, string value)
    {
        using var jo = new Operator();
        (await jo.RunAsync("rewrap", "--to", jo.KekB, option, value)).Failed(2, value);
    }

    [Fact]
    public async Task Rewrap_WhenForcedWithoutDropping_IsAUsageError()
    {
        using var jo = new Operator();
        (await jo.RunAsync("rewrap", "--to", jo.KekB, "--force")).Failed(2, "--drop");
        (await jo.RunAsync("rewrap")).Failed(2, "--to");
    }
}
