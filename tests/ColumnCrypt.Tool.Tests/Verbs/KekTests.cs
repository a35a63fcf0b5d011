using ColumnCrypt.Tool.Tests.Support;

namespace ColumnCrypt.Tool.Tests.Verbs;

public sealed class KekTests
{
    [Theory]
    [MemberData(nameof(Databases.All), MemberType = typeof(Databases))]
    public async Task Kek_WhenReplaced_GoesThroughAddRewrapRetireDropDestroy(DatabaseKind kind)
    {
        using var jo = new Operator(kind);
        await jo.SetUpAsync("acme");
        string[] both = ["--passphrase-file", "b.txt"];
        Assert.True((bool)(await jo.RunAsync(["keks", "check", jo.KekB, .. both, "--json"])).IsDone().Json["refusesWrongContext"]!);
        (await jo.RunAsync(["keks", "add", jo.KekB, "--reason", "yearly", "--dry-run", .. both])).IsDone();
        var added = (await jo.RunAsync(["keks", "add", jo.KekB, "--priority", "5", "--reason", "yearly", .. both, "--json"])).IsDone().Json;
        Assert.Equal(5, (int)added["priority"]!);

        jo.AllowB();
        (await jo.RunAsync("keks", "retire", jo.KekA, "--reason", "old", "--dry-run")).Failed(1, "rewrap them first");
        (await jo.RunAsync("keks", "retire", jo.KekA, "--reason", "old")).Failed(1, "Rewrap");
        (await jo.RunAsync("rewrap", "--to", jo.KekB)).IsDone();
        (await jo.RunAsync("keks", "retire", jo.KekA, "--reason", "old", "--dry-run")).IsDone();
        (await jo.RunAsync("keks", "retire", jo.KekA, "--reason", "old")).IsDone();
        string[] destroy = ["keks", "destroy", jo.KekA, "--final-at", "2026-12-31T00:00:00Z", "--reason", "file shredded"];
        (await jo.RunAsync([.. destroy, "--dry-run"])).Failed(1, "rewrap them");
        (await jo.RunAsync("rewrap", "--to", jo.KekB, "--drop", "--yes")).IsDone();
        (await jo.RunAsync(destroy)).Failed(2, "--yes");
        (await jo.RunAsync([.. destroy, "--dry-run"])).IsDone();
        var destroyed = (await jo.RunAsync([.. destroy, "--yes", "--json"])).IsDone().Json;
        Assert.Equal("Destroyed", (string)destroyed["state"]!);
        Assert.Equal("2026-12-31T00:00:00.000Z", (string)destroyed["destroyedAt"]!);

        var keks = (await jo.RunAsync("keks", "list", "--json")).IsDone().Json.AsArray();
        Assert.Contains(keks, kek => (string)kek!["kekId"]! == jo.KekB && (int)kek["dependence"]!["onlyHere"]! == 2);
        Assert.Contains("Destroyed", (await jo.RunAsync("keks", "list")).IsDone().Output, StringComparison.Ordinal);
    }

    // SPEC-WRAP-17
    [Fact]
    public async Task Kek_ThatIsHierarchical_IsItsInnerKekToEveryVerb_AndToItsDryRun()
    {
        using var jo = new Operator();
        string Keks(params string[] list) => $$"""{ "provider": "{{jo.Provider}}", "connection": "{{jo.Connection}}", "keks": [{{list[0]}}], "allowKeks": [{{string.Join(", ", list[1..])}}] }""";
        string a = $$"""{ "uri": "hierarchical:{{jo.KekA}}", "passphraseFile": "a.txt" }""";
        string b = $$"""{ "uri": "hierarchical:{{jo.KekB}}", "passphraseFile": "b.txt" }""";
        jo.Configure(Keks(a));
        (await jo.RunAsync("init")).IsDone();
        await jo.MakeKeysAsync("hierarchical:" + jo.KekA, "acme", "globex");
        string[] retire = ["keks", "retire", "hierarchical:" + jo.KekA, "--reason", "old"];
        (await jo.RunAsync([.. retire, "--dry-run"])).Failed(1, "2 keys have no wrap but under");

        jo.Configure(Keks(b, a));
        (await jo.RunAsync("rewrap", "--to", "hierarchical:" + jo.KekB)).IsDone();
        (await jo.RunAsync("rewrap", "--to", "hierarchical:" + jo.KekB, "--drop", "--yes")).IsDone();
        var listed = (await jo.RunAsync("keks", "list", "--json")).IsDone().Json.AsArray();
        Assert.Equal(["hierarchical:", jo.KekA, jo.KekB], listed.Select(static kek => (string)kek!["kekId"]!).Order(StringComparer.Ordinal).OrderBy(static id => !id.StartsWith('h')));
        (await jo.RunAsync([.. retire, "--dry-run"])).IsDone();

        // Where the old one is not configured any more, too.
        jo.Configure(Keks(b));
        (await jo.RunAsync([.. retire, "--dry-run"])).IsDone();
        (await jo.RunAsync(retire)).IsDone();
        (await jo.RunAsync([.. retire, "--dry-run"])).Failed(1, "Retired");
        string[] destroy = ["keks", "destroy", "hierarchical:" + jo.KekA, "--final-at", "2026-12-31T00:00:00Z", "--reason", "file shredded"];
        (await jo.RunAsync([.. destroy, "--dry-run"])).IsDone();
        (await jo.RunAsync([.. destroy, "--yes"])).IsDone();
        (await jo.RunAsync("keks", "check", "hierarchical:" + jo.KekB)).IsDone();
        (await jo.RunAsync("keks", "check", "hierarchical:")).Failed(2, "Name the inner KEK");
    }

    [Fact]
    public async Task Kek_WhenDestroyedWithoutATime_IsAUsageError()
    {
        using var jo = new Operator();
        (await jo.RunAsync("keks", "destroy", jo.KekA, "--reason", "x", "--yes")).Failed(2, "--final-at");
        (await jo.RunAsync("keks", "destroy", jo.KekA, "--reason", "x", "--yes", "--final-at", "tomorrow")).Failed(2, "not a time");
    }

    [Fact]
    public async Task Create_WhenAskedTwice_MakesAFileThatOpens()
    {
        using var jo = new Operator();
        string uri = $"file:{jo.Folder.File("new.json")}";
        jo.Secrets = new(["canary one", "canary two"]);
        (await jo.RunAsync("keks", "create", uri)).Failed(1, "differ");
        jo.Secrets = new(["canary one", "canary one"]);
        Assert.Equal(jo.Folder.File("new.json"), (string)(await jo.RunAsync("keks", "create", uri, "--json")).IsDone().Json["path"]!);
        jo.Secrets = null;
        (await jo.RunAsync("keks", "create", uri, "--dry-run")).Failed(1, "exists");
        (await jo.RunAsync("keks", "create", uri, "--passphrase-file", "a.txt")).Failed(1, "exists");
        (await jo.RunAsync("keks", "create", "aws-kms:alias/x")).Failed(2, "file:");
        jo.Secrets = new(["canary one"]);
        (await jo.RunAsync("init", "--kek", uri)).IsDone();
    }

    [Theory]
    [InlineData("azure-kv:https://example.org/keys/kek", "VaultSuffixes")]
    [InlineData("azure-kv:kek", "azure-kv:https://VAULT.vault.azure.net/keys/NAME")]
    [InlineData("gcp-kms:kek", "gcp-kms:projects/PROJECT/locations/LOCATION/keyRings/RING/cryptoKeys/KEY")]
    public async Task Kek_OfACloud_IsKnownToTheCommand(string uri, string told)
    {
        using var jo = new Operator();
        (await jo.RunAsync("status", "--kek", uri)).Failed(2, told);
    }

    [Fact]
    public async Task Kek_OfASchemeThatNobodyRegistered_NamesThoseThatThereAre()
    {
        using var jo = new Operator();
        (await jo.RunAsync("status", "--kek", "valt:transit/x")).Failed(2, "vault:");
    }
}
