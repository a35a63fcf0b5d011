using ColumnCrypt.Tool.Tests.Support;

namespace ColumnCrypt.Tool.Tests.Verbs;

public sealed class KeyTests
{
    [Theory]
    [MemberData(nameof(Databases.All), MemberType = typeof(Databases))]
    public async Task Keys_WhenListedAndShown_AreTheTenantsWithTheirWraps(DatabaseKind kind)
    {
        using var jo = new Operator(kind);
        string keyId = await jo.SetUpAsync("acme");
        var list = (await jo.RunAsync("keys", "list", "acme", "--json")).IsDone().Json.AsArray();
        Assert.Equal(keyId, (string)list.Single()!["keyId"]!);
        Assert.Equal("data", (string)list[0]!["kind"]!);
        Assert.EndsWith("Z", (string)list[0]!["createdAt"]!, StringComparison.Ordinal);
        Assert.Contains(keyId, (await jo.RunAsync("keys", "list", "acme")).IsDone().Output, StringComparison.Ordinal);
        Assert.Equal("None.", (await jo.RunAsync("keys", "list", "nobody")).IsDone().Output.Trim());

        var detail = (await jo.RunAsync("keys", "show", keyId, "--json")).IsDone().Json;
        Assert.Equal("acme", (string)detail["tenant"]!);
        Assert.Equal(jo.KekA, (string)detail["wraps"]![0]!["kekId"]!);
        Assert.False((bool)detail["wraps"]![0]!["isDropped"]!);
        Assert.Contains("live", (await jo.RunAsync("keys", "show", keyId.ToUpperInvariant())).IsDone().Output, StringComparison.Ordinal);
        (await jo.RunAsync("keys", "show", new string('0', 32))).Failed(1, "knows no key");
        (await jo.RunAsync("keys", "show", "xyz")).Failed(2, "32 hex digits");
    }

    [Theory]
    [MemberData(nameof(Databases.All), MemberType = typeof(Databases))]
    public async Task Rows_WhenCounted_AreReadFromTheApplicationsDatabase(DatabaseKind kind)
    {
        using var jo = new Operator(kind);
        string keyId = await jo.SetUpAsync("acme");
        Assert.Equal(0, (int)(await jo.RunAsync("keys", "rows", keyId, "--read-connection", jo.Connection, "--json")).IsDone().Json["rows"]!);
        string nowhere = kind == DatabaseKind.Sqlite ? $"Data Source={jo.Folder.File("nosuch.db")}" : "Host=127.0.0.1;Port=1;Username=x;Password=canary-of-a-reader";
        Assert.Equal((1, "database"), ((await jo.RunAsync("keys", "rows", keyId, "--read-connection", nowhere, "--json")) is var failed ? failed.Code : 0, failed.ErrorKind));
        Assert.False(File.Exists(jo.Folder.File("nosuch.db")));
        (await jo.RunAsync("keys", "rows", keyId)).Failed(2, "--read-connection");
        (await jo.RunAsync("keys", "rows", new string('0', 32), "--read-connection", jo.Connection)).Failed(1, "knows no key");
    }

    [Theory]
    [MemberData(nameof(Databases.All), MemberType = typeof(Databases))]
    public async Task Key_WhenSuspendedAndResumed_ComesBackAsItWasAndTheAuditNamesTheActor(DatabaseKind kind)
    {
        using var jo = new Operator(kind);
        string keyId = await jo.SetUpAsync("acme");
        Assert.Equal("Active", (string)(await jo.RunAsync("keys", "suspend", keyId, "--reason", "x", "--dry-run", "--json")).IsDone().Json["target"]!["state"]!);
        Assert.Equal("Active", await StateAsync(jo, keyId));
        (await jo.RunAsync("keys", "resume", keyId, "--reason", "x", "--dry-run")).Failed(1, "must be Suspended");
        Assert.Equal("Suspended", (string)(await jo.RunAsync("keys", "suspend", keyId, "--reason", "incident 42", "--json")).IsDone().Json["state"]!);
        (await jo.RunAsync("keys", "suspend", keyId, "--reason", "again")).Failed(1, "Suspended");
        (await jo.RunAsync("keys", "resume", keyId, "--reason", "closed", "--actor", "ann")).IsDone();
        Assert.Equal("Active", await StateAsync(jo, keyId));
        string audit = (await jo.RunAsync("audit", "export")).IsDone().Output;
        Assert.Contains("\"actor\":\"jo@desk\",\"action\":\"key.suspend\"", audit, StringComparison.Ordinal);
        Assert.Contains("\"actor\":\"ann\",\"action\":\"key.resume\"", audit, StringComparison.Ordinal);
        Assert.Contains("incident 42", audit, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Databases.All), MemberType = typeof(Databases))]
    public async Task Key_WhenRotated_HasAPreActiveSuccessor(DatabaseKind kind)
    {
        using var jo = new Operator(kind);
        await jo.SetUpAsync("acme");
        (await jo.RunAsync("keys", "rotate", "acme", "--dry-run")).IsDone();
        Assert.Single((await jo.RunAsync("keys", "list", "acme", "--json")).IsDone().Json.AsArray());
        Assert.Equal("PreActive", (string)(await jo.RunAsync("keys", "rotate", "acme", "--reason", "yearly", "--json")).IsDone().Json["state"]!);
        Assert.Equal(2, (await jo.RunAsync("keys", "list", "acme", "--json")).IsDone().Json.AsArray().Count);
        (await jo.RunAsync("keys", "rotate", "nobody", "--dry-run")).Failed(1, "no tenant 'nobody'");
        (await jo.RunAsync("keys", "rotate", "nobody")).Failed(1, "nobody");
    }

    [Theory]
    [MemberData(nameof(Databases.All), MemberType = typeof(Databases))]
    public async Task Key_WhenCompromisedAndDestroyed_AsksFirst(DatabaseKind kind)
    {
        using var jo = new Operator(kind);
        string keyId = await jo.SetUpAsync("acme");
        (await jo.RunAsync("keys", "destroy", keyId, "--reason", "x", "--dry-run")).Failed(1, "Active");
        (await jo.RunAsync("keys", "compromise", keyId, "--reason", "leak")).Failed(2, "--yes");
        jo.Types = "no";
        (await jo.RunAsync("keys", "compromise", keyId, "--reason", "leak")).Failed(1, "Nothing was done");
        Assert.Equal("Active", await StateAsync(jo, keyId));
        (await jo.RunAsync("keys", "compromise", keyId, "--reason", "leak", "--dry-run")).IsDone();

        jo.Types = keyId;
        var report = (await jo.RunAsync("keys", "compromise", keyId, "--reason", "leak", "--json")).IsDone().Json;
        Assert.Equal("Compromised", (string)report["key"]!["state"]!);
        Assert.Equal("Active", (string)report["successor"]!["state"]!);
        Assert.Empty(report["columns"]!.AsArray());

        jo.Types = null;
        (await jo.RunAsync("keys", "destroy", keyId, "--reason", "done")).Failed(2, "--yes");
        Assert.Equal("Destroyed", (string)(await jo.RunAsync("keys", "destroy", keyId, "--reason", "done", "--yes", "--json")).IsDone().Json["state"]!);
        (await jo.RunAsync("keys", "destroy", keyId, "--reason", "done", "--yes")).Failed(1, "Destroyed");
    }

    [Fact]
    public async Task ChangingVerb_WithoutReason_IsAUsageError()
    {
        using var jo = new Operator();
        (await jo.RunAsync("keys", "suspend", new string('0', 32))).Failed(2, "--reason");
        (await jo.RunAsync("keys", "suspend", new string('0', 32), "--reason", " ")).Failed(2, "reason");
    }

    private static async Task<string> StateAsync(Operator jo, string keyId) => (string)(await jo.RunAsync("keys", "show", keyId, "--json")).IsDone().Json["key"]!["state"]!;
}
