using System.Text.Json.Nodes;
using ColumnCrypt.Tool.Tests.Support;
using Microsoft.Data.Sqlite;

namespace ColumnCrypt.Tool.Tests.Verbs;

public sealed class SigningTests
{
    private static readonly string[] s_signing = ["--signing-key", "signing.pem", "--signing-passphrase-file", "b.txt"];

    [Theory]
    [MemberData(nameof(Databases.All), MemberType = typeof(Databases))]
    public async Task Certificate_WhenIssued_VerifiesUnderItsSignerAndFailsWhenChanged(DatabaseKind kind)
    {
        using var jo = new Operator(kind);
        await jo.SetUpAsync("acme");
        string fingerprint = await CreateSignerAsync(jo);
        (await jo.RunAsync(["shred", "certify", "acme", .. s_signing])).Failed(1, "acme");
        (await jo.RunAsync("shred", "now", "acme", "--yes")).IsDone();
        (await jo.RunAsync("shred", "certify", "acme")).Failed(2, "--signing-key");
        (await jo.RunAsync("shred", "certify", "acme", "--dry-run")).IsDone();
        (await jo.RunAsync(["shred", "certify", "acme", "--out", "erased.json", .. s_signing])).IsDone();
        (await jo.RunAsync(["shred", "certify", "acme", "--out", "erased.json", .. s_signing])).Failed(1, "not written over");
        string text = await File.ReadAllTextAsync(jo.Folder.File("erased.json"));
        Assert.Equal("acme", (string)JsonNode.Parse(text)!["tenant"]!);

        string[] verify = ["shred", "verify", "--certificate", "erased.json", "--trust"];
        Assert.True((bool)(await jo.RunAsync([.. verify, fingerprint, "--json"])).IsDone().Json["isValid"]!);
        Assert.Contains("Nothing contradicts", (await jo.RunAsync([.. verify, fingerprint])).IsDone().Output, StringComparison.Ordinal);
        Assert.Equal(1, (await jo.RunAsync([.. verify, new string('0', 64)])).Code);
        string erased = (string)JsonNode.Parse(text)!["keys"]![0]!["keyId"]!;
        await File.WriteAllLinesAsync(jo.Folder.File("mine.txt"), [$"c1{erased}{new string('0', 56)}"]);
        await File.WriteAllLinesAsync(jo.Folder.File("other.txt"), [$"c1{new string('1', 32)}{new string('0', 56)}"]);
        (await jo.RunAsync([.. verify, fingerprint, "--samples", "mine.txt"])).IsDone();
        Assert.Contains("not in the certificate", (await jo.RunAsync([.. verify, fingerprint, "--samples", "other.txt"])).Output, StringComparison.Ordinal);
        File.Move(jo.Folder.File("columncrypt.json"), jo.Folder.File("away.json"));
        (await jo.RunAsync([.. verify, fingerprint, "--offline"])).IsDone();
        Assert.Equal(2, (await jo.RunAsync([.. verify, fingerprint])).Code);
        File.Move(jo.Folder.File("away.json"), jo.Folder.File("columncrypt.json"));
        await File.WriteAllTextAsync(jo.Folder.File("erased.json"), text.Replace("acme", "acne", StringComparison.Ordinal));
        var changed = await jo.RunAsync([.. verify, fingerprint, "--json"]);
        Assert.Equal((1, false), (changed.Code, (bool)changed.Json["isValid"]!));
        (await jo.RunAsync("shred", "verify", "--certificate", "none.json", "--trust", fingerprint)).Failed(1, "none.json");
    }

    [Fact]
    public async Task Certificate_WhenABackupStillOpens_IsContradicted()
    {
        using var jo = new Operator();
        await jo.SetUpAsync("acme");
        string fingerprint = await CreateSignerAsync(jo);
        string backup = $"Data Source={jo.Folder.File("backup.db")}";
        await using (var live = new SqliteConnection(jo.Connection))
        {
            await live.OpenAsync();
            await using var copy = new SqliteConnection(backup);
            await copy.OpenAsync();
            live.BackupDatabase(copy);
        }

        (await jo.RunAsync("shred", "now", "acme", "--yes")).IsDone();
        (await jo.RunAsync(["shred", "certify", "acme", "--out", "erased.json", .. s_signing])).IsDone();
        string[] verify = ["shred", "verify", "--certificate", "erased.json", "--trust", fingerprint, "--json"];
        (await jo.RunAsync(verify)).IsDone();
        var readable = await jo.RunAsync([.. verify, "--backup", backup]);
        Assert.Equal((1, false), (readable.Code, (bool)readable.Json["isValid"]!));
        Assert.Contains("opens under the KEK", readable.Output, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Databases.All), MemberType = typeof(Databases))]
    public async Task Shred_WithALedger_NeedsTheSignerAndEntersTheKeys(DatabaseKind kind)
    {
        using var jo = new Operator(kind);
        await jo.SetUpAsync("acme");
        string fingerprint = await CreateSignerAsync(jo);
        (await jo.RunAsync("ledger", "create", "ledger")).Failed(2, "--signing-key");
        (await jo.RunAsync(["ledger", "create", "ledger", "--dry-run"])).IsDone();
        Assert.Equal(fingerprint, (string)(await jo.RunAsync(["ledger", "create", "ledger", .. s_signing, "--json"])).IsDone().Json["fingerprint"]!);
        (await jo.RunAsync("status", "--ledger", "ledger")).Failed(2, "--ledger-trust");
        string[] ledger = ["--ledger", "ledger", "--ledger-trust", fingerprint];
        (await jo.RunAsync(["shred", "now", "acme", "--yes", .. ledger])).Failed(2, "--signing-key");
        int before = File.ReadAllLines(jo.Folder.File("ledger")).Length;
        (await jo.RunAsync(["shred", "now", "acme", "--yes", .. ledger, .. s_signing])).IsDone();
        Assert.Equal(before + 1, File.ReadAllLines(jo.Folder.File("ledger")).Length);
    }

    [Fact]
    public async Task Checkpoint_WhenASigningKeyIsConfigured_IsSigned()
    {
        using var jo = new Operator();
        await jo.SetUpAsync();
        string fingerprint = await CreateSignerAsync(jo);
        Assert.Null((await jo.RunAsync("audit", "checkpoint", "--json")).IsDone().Json["signature"]);
        Assert.NotNull((await jo.RunAsync(["audit", "checkpoint", .. s_signing, "--out", "at.json", "--json"])).IsDone().Json["signature"]);
        (await jo.RunAsync("audit", "verify", "--checkpoint", "at.json")).IsDone();
        (await jo.RunAsync("audit", "verify", "--checkpoint", "at.json", "--trust", fingerprint)).IsDone();
        (await jo.RunAsync("audit", "verify", "--trust", fingerprint)).Failed(2, "--checkpoint");
        (await jo.RunAsync("audit", "verify", "--checkpoint", "at.json", "--trust", new string('0', 64))).Failed(1, "not signed");
    }

    [Fact]
    public async Task SigningKey_WhenAskedForOrWrong_IsSaid()
    {
        using var jo = new Operator();
        (await jo.RunAsync("signing", "create", "signing.pem")).Failed(2, "--signing-passphrase-file");
        jo.Secrets = new(["canary one", "canary two"]);
        (await jo.RunAsync("signing", "create", "signing.pem")).Failed(1, "differ");
        await CreateSignerAsync(jo);
        (await jo.RunAsync(["signing", "create", "signing.pem", .. s_signing])).Failed(1, "exists");
        (await jo.RunAsync("signing", "create", "signing.pem", "--dry-run")).Failed(1, "exists");
        (await jo.RunAsync("ledger", "create", "ledger", "--signing-key", "signing.pem", "--signing-passphrase-file", "a.txt")).Failed(1, "passphrase");
    }

    private static async Task<string> CreateSignerAsync(Operator jo) =>
        (string)(await jo.RunAsync("signing", "create", "signing.pem", "--signing-passphrase-file", "b.txt", "--json")).IsDone().Json["fingerprint"]!;
}
