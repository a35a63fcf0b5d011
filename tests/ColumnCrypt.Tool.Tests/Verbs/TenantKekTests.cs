using ColumnCrypt.Tool.Tests.Support;

namespace ColumnCrypt.Tool.Tests.Verbs;

public sealed class TenantKekTests
{
    [Theory]
    [MemberData(nameof(Databases.All), MemberType = typeof(Databases))]
    public async Task TenantsOwnKek_WhenSet_WrapsItsKeys_AndIsLeftAloneByTheRest(DatabaseKind kind)
    {
        using var jo = new Operator(kind);
        string keyId = await jo.SetUpAsync("acme", "globex");
        string[] own = ["--own", jo.KekB, "--reason", "contract 7", "--passphrase-file", "b.txt"];
        (await jo.RunAsync("tenants", "set-kek", "acme", "--reason", "r")).Failed(2, "--own URI, or --application");
        (await jo.RunAsync("tenants", "set-kek", "acme", "--own", jo.KekA, "--reason", "r")).Failed(1, "no tenant's own");
        (await jo.RunAsync(["tenants", "set-kek", "acme", .. own, "--dry-run"])).IsDone();
        Assert.Null((string?)(await jo.RunAsync("tenants", "show", "acme", "--json")).IsDone().Json["ownKek"]);
        Assert.Equal(jo.KekB, (string?)(await jo.RunAsync(["tenants", "set-kek", "acme", .. own, "--json"])).IsDone().Json["ownKek"]);
        Assert.Contains("wrap.not-own", (await jo.RunAsync("doctor", "--tenant-kek", jo.KekB, "--passphrase-file", "b.txt", "--json")).Output, StringComparison.Ordinal);

        jo.Configure(
            $$"""
            {
              "provider": "{{jo.Provider}}", "connection": "{{jo.Connection}}",
              "keks": [{ "uri": "{{jo.KekA}}", "passphraseFile": "a.txt" }], "tenantKeks": [{ "uri": "{{jo.KekB}}", "passphraseFile": "b.txt" }]
            }
            """);
        (await jo.RunAsync("rewrap", "--to", jo.KekB, "--tenant", "globex")).Failed(1, "does not allow");
        string[] drop = ["rewrap", "--to", jo.KekB, "--from", jo.KekA, "--tenant", "acme", "--drop"];
        jo.Types = jo.KekB;
        var dropped = await jo.RunAsync(drop);
        jo.Types = null;
        Assert.Contains("of acme", dropped.IsDone().Error + dropped.Output, StringComparison.Ordinal);
        var wraps = (await jo.RunAsync("keys", "show", keyId, "--json")).IsDone().Json["wraps"]!.AsArray();
        Assert.Equal([jo.KekB], wraps.Where(static wrap => !(bool)wrap!["isDropped"]!).Select(static wrap => (string)wrap!["kekId"]!));
        Assert.Equal(3, (int)(await jo.RunAsync("rewrap", "--to", jo.KekA, "--dry-run", "--json")).IsDone().Json["processed"]!);

        Assert.Null((string?)(await jo.RunAsync("tenants", "set-kek", "acme", "--application", "--reason", "ended", "--json")).IsDone().Json["ownKek"]);
        (await jo.RunAsync("audit", "verify")).IsDone();
    }

    [Fact]
    public async Task Escrow_WhenConfigured_WrapsNewKeysOnceMore()
    {
        using var jo = new Operator();
        (await jo.RunAsync("init", "--escrow-to", jo.KekB, "--passphrase-file", "b.txt")).IsDone();
        var wraps = (await jo.RunAsync("status", "--json")).IsDone().Json["wraps"]!.AsArray();
        Assert.Equal([jo.KekA, jo.KekB], wraps.Select(static wrap => (string)wrap!["kekId"]!).Order(StringComparer.Ordinal));
    }
}
