using ColumnCrypt.Tool.Tests.Support;

namespace ColumnCrypt.Tool.Tests.Verbs;

public sealed class ShredTests
{
    [Theory]
    [MemberData(nameof(Databases.All), MemberType = typeof(Databases))]
    public async Task Shred_WhenScheduledHeldReleasedAndCancelled_LeavesTheTenantAsItWas(DatabaseKind kind)
    {
        using var jo = new Operator(kind);
        await jo.SetUpAsync("acme");
        string[] schedule = ["shred", "schedule", "acme", "--grace", "30d", "--reason", "contract ended"];
        (await jo.RunAsync(schedule)).Failed(2, "--yes");
        (await jo.RunAsync([.. schedule, "--dry-run"])).IsDone();
        (await jo.RunAsync("shred", "cancel", "acme", "--reason", "x", "--dry-run")).Failed(1, "no shred is scheduled");
        jo.Types = "acme";
        var scheduled = (await jo.RunAsync([.. schedule, "--json"])).IsDone().Json;
        jo.Types = null;
        Assert.Equal("ShredScheduled", (string)scheduled["state"]!);
        Assert.Equal(TimeSpan.FromDays(30), DateTimeOffset.Parse((string)scheduled["shredDueAt"]!, null) - DateTimeOffset.Parse((string)scheduled["shredScheduledAt"]!, null));

        (await jo.RunAsync("shred", "hold", "acme", "--reason", "case 7", "--dry-run")).IsDone();
        Assert.Equal("case 7", (string)(await jo.RunAsync("shred", "hold", "acme", "--reason", "case 7", "--json")).IsDone().Json["hold"]!);
        (await jo.RunAsync("shred", "now", "acme", "--yes")).Failed(1, "hold");
        (await jo.RunAsync("shred", "now", "acme", "--dry-run")).Failed(1, "hold");
        Assert.Contains("case 7", (await jo.RunAsync("tenants", "show", "acme")).IsDone().Output, StringComparison.Ordinal);
        (await jo.RunAsync("shred", "release", "acme", "--reason", "closed", "--dry-run")).IsDone();
        (await jo.RunAsync("shred", "release", "acme", "--reason", "closed")).IsDone();
        (await jo.RunAsync("shred", "release", "acme", "--reason", "closed")).Failed(1, "hold");
        Assert.Equal("Active", (string)(await jo.RunAsync("shred", "cancel", "acme", "--reason", "renewed", "--json")).IsDone().Json["state"]!);
        Assert.Equal("Active", (string)(await jo.RunAsync("keys", "list", "acme", "--json")).IsDone().Json[0]!["state"]!);
    }

    [Theory]
    [MemberData(nameof(Databases.All), MemberType = typeof(Databases))]
    public async Task Shred_WhenNow_DestroysTheKeysOfThatTenantAlone(DatabaseKind kind)
    {
        using var jo = new Operator(kind);
        await jo.SetUpAsync("acme", "globex");
        (await jo.RunAsync("shred", "now", "acme")).Failed(2, "--yes");
        (await jo.RunAsync("shred", "now", "acme", "--dry-run")).IsDone();
        Assert.Equal("Shredded", (string)(await jo.RunAsync("shred", "now", "acme", "--yes", "--reason", "waived", "--json")).IsDone().Json["state"]!);
        Assert.Equal("Destroyed", (string)(await jo.RunAsync("keys", "list", "acme", "--json")).IsDone().Json[0]!["state"]!);
        Assert.Equal("Active", (string)(await jo.RunAsync("keys", "list", "globex", "--json")).IsDone().Json[0]!["state"]!);
        var again = await jo.RunAsync("shred", "now", "acme", "--yes", "--json");
        Assert.Equal((1, "tenant-shredded"), (again.Code, again.ErrorKind));
        (await jo.RunAsync("shred", "schedule", "acme", "--reason", "x", "--yes")).Failed(1, "acme");
    }

    [Theory]
    [MemberData(nameof(Databases.All), MemberType = typeof(Databases))]
    public async Task Shred_WhenDue_TakesTheDueTenantsAlone(DatabaseKind kind)
    {
        using var jo = new Operator(kind);
        await jo.SetUpAsync("acme", "globex", "initech");
        (await jo.RunAsync("shred", "schedule", "acme", "--grace", "0", "--reason", "x", "--yes")).IsDone();
        (await jo.RunAsync("shred", "schedule", "globex", "--grace", "1h", "--reason", "x", "--yes")).IsDone();
        (await jo.RunAsync("shred", "due")).Failed(2, "--yes");
        var plan = (await jo.RunAsync("shred", "due", "--dry-run", "--json")).IsDone().Json;
        Assert.Equal("acme", (string)plan["target"]!.AsArray().Single()!["tenant"]!);
        Assert.Equal("acme", (string)(await jo.RunAsync("shred", "due", "--yes", "--json")).IsDone().Json["shredded"]!.AsArray().Single()!);
        Assert.Equal("No shred is due.", (await jo.RunAsync("shred", "due", "--yes")).IsDone().Output.Trim());

        var tenants = (await jo.RunAsync("tenants", "list", "--json")).IsDone().Json.AsArray();
        Assert.Equal(["acme Shredded", "globex ShredScheduled", "initech Active"], tenants.Select(static tenant => $"{tenant!["tenant"]} {tenant["state"]}"));
        Assert.Single((await jo.RunAsync("tenants", "list", "--state", "Active", "--json")).IsDone().Json.AsArray());
        Assert.Contains("ShredScheduled", (await jo.RunAsync("tenants", "list")).IsDone().Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("7 days")]
    [InlineData("-1")]
    [InlineData("1w")]
    [InlineData("dd")]
    public async Task Schedule_WhenTheGraceIsNoDuration_IsAUsageError(string grace)
    {
        using var jo = new Operator();
        (await jo.RunAsync("shred", "schedule", "acme", "--reason", "x", "--yes", "--grace", grace)).Failed(2, "duration");
    }
}
