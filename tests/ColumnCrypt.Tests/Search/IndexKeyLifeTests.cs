using ColumnCrypt.Doctor;
using ColumnCrypt.Format;
using ColumnCrypt.Ledger;
using ColumnCrypt.Metadata;
using ColumnCrypt.Rewrap;
using ColumnCrypt.Search;
using ColumnCrypt.Signing;
using ColumnCrypt.Store;
using ColumnCrypt.Tests.Keys;
using ColumnCrypt.Tests.Lifecycle;
using ColumnCrypt.TestSupport;

namespace ColumnCrypt.Tests.Search;

// SPEC-IDX-7: what happens to keys happens to index keys, too
public sealed class IndexKeyLifeTests
{
    private static readonly IndexDefinition s_ssn = new("patient.ssn", "eq", "digits@1");
    private static readonly ValueCodec<string> s_text = ValueCodecs.For<string>();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Rewrap_MovesIndexKeys_AndNoIndexValueChanges()
    {
        using var keks = new TwoKeks();
        byte[] value = await WriteAsync(keks.Node, "acme", "123");
        var operators = keks.Both();
        var added = await operators.Instance.Keys.RewrapAsync(new RewrapOptions("test:new"), cancellationToken: Token);
        Assert.Equal((3, 0), (added.Succeeded, added.Failures.Count));
        await operators.Instance.Keys.RewrapAsync(new RewrapOptions("test:new") { Phase = RewrapPhase.Drop }, cancellationToken: Token);

        using var fresh = keks.OnlyNew();
        Assert.Equal(value, await QueryAsync(fresh, "acme", "123"));
    }

    [Fact]
    public async Task Restore_BringsIndexKeysBackAsTheyWere()
    {
        using var node = new TestNode();
        byte[] value = await WriteAsync(node, "acme", "123");
        using var backup = new MemoryStream();
        await node.Instance.Keys.BackupAsync(backup, cancellationToken: Token);

        using var restored = new TestNode(node, tables: new InMemoryKeyStore(node.Time));
        await restored.Instance.Keys.RestoreAsync(backup, "drill", cancellationToken: Token);
        Assert.Equal(value, await QueryAsync(restored, "acme", "123"));
        Assert.Equal(value, await WriteAsync(restored, "acme", "123"));
        Assert.Equal(KeyState.Active, Assert.Single(await IndexKeysAsync(restored, "acme")).State);
    }

    [Fact]
    public async Task Shred_DestroysIndexKeys_AndTheCertificateNamesThem()
    {
        using var folder = new TempFolder();
        using var signer = FileSigningKey.Create(folder.File("signing.pem"), "six random words make one");
        FileShredLedger.Create(folder.File("ledger"), signer);
        var ledger = new FileShredLedger(folder.File("ledger"), signer.Fingerprint, signer);
        using var node = new TestNode(configure: cc => cc.UseShredLedger(ledger));
        await WriteAsync(node, "acme", "123");
        var key = Assert.Single(await IndexKeysAsync(node, "acme"));
        Assert.False(await ledger.ContainsAsync(key.KeyId, Token));
        await node.Instance.Keys.ShredNowAsync("acme", Token, "contract ended");

        var rows = await node.Tables.ReadTenantAsync("acme", Token);
        Assert.All(rows.Keys, static row => Assert.Equal(KeyState.Destroyed, row.State));
        Assert.Empty(rows.Wraps);
        Assert.True(await ledger.ContainsAsync(key.KeyId, Token));
        var verdict = await node.Instance.Keys.VerifyShredAsync(await node.Instance.Keys.CertifyShredAsync("acme", signer, Token), signer.Fingerprint, cancellationToken: Token);
        Assert.True(verdict.IsValid, string.Join(' ', verdict.Findings));
        Assert.Contains(verdict.Certificate!.Keys, erased => (erased.KeyId, erased.Kind) == (key.KeyId.ToString(), "index"));
    }

    [Fact]
    public async Task Examination_WhenAnIndexKeyHasNoWrap_SaysSo()
    {
        using var node = new TestNode();
        await WriteAsync(node, "acme", "123");
        Assert.DoesNotContain(await node.Instance.Keys.ExamineAsync(cancellationToken: Token), static finding => finding.Severity == Severity.Error);

        node.Store.Pages = page => [.. page.Select(static key => key.Key.Kind == KeyKind.Index ? key with { Wraps = [] } : key)];
        Assert.Contains(await node.Instance.Keys.ExamineAsync(cancellationToken: Token), static finding => finding.Code == "wrap.missing");
    }

    [Fact]
    public async Task Index_UnderACompromisedKey_WorksAndIsAudited()
    {
        using var node = new TestNode();
        byte[] value = await WriteAsync(node, "acme", "123");
        var key = Assert.Single(await IndexKeysAsync(node, "acme"));
        var report = await node.Instance.Keys.CompromiseAsync(key.KeyId, "leaked", Token);
        Assert.Null(report.Successor);

        Assert.Equal(value, await QueryAsync(node, "acme", "123"));
        await Waiting.UntilAsync(async () =>
        {
            node.Time.Advance(TimeSpan.FromSeconds(10));
            return (await node.Tables.Audit.ReadUnchainedAsync("", 100, Token)).Any(entry => entry.Action == "key.use-compromised" && entry.KeyId == key.KeyId);
        });
    }

    [Fact]
    public async Task Rotation_WhenATenantHasAnIndexKeyAlone_IsRefused()
    {
        using var node = new TestNode();
        await node.EncryptAsync("other", "x");
        using (var lease = await node.Instance.AcquireRingAsync("acme", 0, Token))
        {
            lease.Index(s_ssn, "123", s_text, IndexUse.Write);
        }

        Assert.Equal([KeyKind.Index], (await node.Tables.ReadTenantAsync("acme", Token)).Keys.Select(static key => key.Kind));
        var error = await Assert.ThrowsAsync<KeyUnavailableException>(() => node.Instance.Keys.RotateAsync("acme", Token));
        Assert.Contains("no data key yet", error.Message, StringComparison.Ordinal);
        Assert.Equal("x", await node.DecryptAsync("acme", await node.EncryptAsync("acme", "x")));
    }

    private static async Task<byte[]> WriteAsync(TestNode node, string tenant, string text)
    {
        using var lease = await node.Instance.AcquireRingAsync(tenant, 1, new IndexVersions([1], []), Token);
        return lease.Index(s_ssn, text, s_text, IndexUse.Write)!;
    }

    private static async Task<byte[]> QueryAsync(TestNode node, string tenant, string text)
    {
        using var lease = await node.Instance.AcquireRingAsync(tenant, 0, new IndexVersions([], [1]), Token);
        return lease.Index(s_ssn, text, s_text, IndexUse.Query)!;
    }

    private static async Task<IReadOnlyList<KeyRecord>> IndexKeysAsync(TestNode node, string tenant) =>
        [.. (await node.Tables.ReadTenantAsync(tenant, Token)).Keys.Where(static key => key.Kind == KeyKind.Index)];
}
