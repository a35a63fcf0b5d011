using ColumnCrypt.Doctor;
using ColumnCrypt.Metadata;
using ColumnCrypt.Rewrap;
using ColumnCrypt.Signing;
using ColumnCrypt.Store;
using ColumnCrypt.Tests.Keys;
using ColumnCrypt.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.Tests.Hierarchy;

// SPEC-WRAP-17 SPEC-CERT-2
/// <summary>When a shred below an intermediate key is final, and what a backup needs.</summary>
public sealed class HierarchicalErasureTests : IDisposable
{
    private readonly HierarchicalNodes _nodes = new();
    private readonly SwitchableKek _new = new("test:b");
    private readonly TempFolder _folder = new();
    private readonly FileSigningKey _signer;

    public HierarchicalErasureTests() => _signer = FileSigningKey.Create(_folder.File("signing.pem"), "six random words make one");

    [Fact]
    public async Task Certificate_NamesEveryKekThatWrappedTheIntermediateKey_TheLaterOnesToo()
    {
        await _nodes.Node.EncryptAsync("acme", "x");
        await _nodes.Node.EncryptAsync("globex", "y");
        await _nodes.Node.Instance.Keys.ShredNowAsync("acme");
        Assert.Equal(["test:a"], await InvolvedAsync(_nodes.Node));

        // The intermediate key lives on for globex, under another KEK: with a backup of acme's wrap that one opens it too.
        var operators = _nodes.Operator(_new, isHierarchical: true);
        await operators.Instance.Keys.RewrapAsync(new RewrapOptions("hierarchical:test:b"));
        await operators.Instance.Keys.RewrapAsync(new RewrapOptions("hierarchical:test:b") { Phase = RewrapPhase.Drop, Force = true });
        await operators.Instance.Keys.RetireKekAsync("test:a", "a test");
        await operators.Instance.Keys.DestroyKekAsync("test:a", _nodes.Node.Time.GetUtcNow(), "a test");
        Assert.Equal(["test:a", "test:b"], await InvolvedAsync(operators));
    }

    [Fact]
    public async Task Certificate_WhenTheRowsOfWrapsAreGone_CountsEveryIntermediateKey()
    {
        await _nodes.Node.EncryptAsync("acme", "x");
        await _nodes.Node.Instance.Keys.ShredNowAsync("acme");
        var copy = new InMemoryKeyStore(_nodes.Node.Time);
        foreach (var key in await _nodes.Tables.Inventory.ReadKeysAsync(null, null, 100, default))
        {
            await copy.Inventory.RestoreAsync(new StoreRows([], [key.Key.Kind == KeyKind.Data ? key with { Wraps = [] } : key], [], [], []), default);
        }

        await copy.Inventory.RestoreAsync(new StoreRows(await _nodes.Tables.Inventory.ReadTenantsAsync("", 10, default), [], await _nodes.Tables.ReadKeksAsync(default), [], []), default);
        foreach (var entry in await _nodes.Tables.Audit.ReadUnchainedAsync("", 100, default))
        {
            await copy.Audit.AddAsync(entry, default);
        }

        // The chained ones are of the shred; that they are missing is another finding, and not this test's.
        using var edited = new TestNode(_nodes.Node, tables: copy, isHierarchical: true);
        Assert.Equal(["test:a"], await InvolvedAsync(edited));
    }

    // SPEC-CERT-3
    [Fact]
    public async Task Certificate_WhenAWrapIsSaidToBeOfAnotherIntermediateKey_NamesTheKekAllTheSame()
    {
        using var nodes = new HierarchicalNodes(static bounds => bounds.MaxKeysPerIntermediate = 1);
        await nodes.Node.EncryptAsync("acme", "x");
        using var operators = new TestNode(
            nodes.Node,
            static bounds => bounds.MaxKeysPerIntermediate = 1,
            kek: _new,
            isHierarchical: true,
            configure: cc => cc.AddKekProvider(new ChoosingProvider([_new, nodes.Node.Kek.Twin()])).AllowKek("test:a"));
        await operators.EncryptAsync("globex", "y");
        await operators.Instance.Keys.ShredNowAsync("acme");
        string other = (await nodes.KeysAsync(KeyKind.Intermediate)).Single(key => key.Wraps.Single().KekId == _new.Id).Key.KeyId.ToString();

        // As somebody with the database writes it: acme's wrap was under the key that test:a never wrapped.
        operators.Store.Pages = page => [.. page.Select(key => key.Key.Tenant != "acme" ? key : key with { Wraps = [.. key.Wraps.Select(wrap => wrap with { KekVersion = other })] })];
        Assert.Equal(["test:a", "test:b"], await InvolvedAsync(operators));

        // And the row of the intermediate key that it was under is gone with all its wraps.
        operators.Store.Pages = page => [.. page.Where(key => key.Key.Kind != KeyKind.Intermediate || key.Key.KeyId.ToString() == other)];
        Assert.Equal(["test:a", "test:b"], await InvolvedAsync(operators));
    }

    [Fact]
    public async Task Verify_WhenABackupAndTheKekAreThere_FindsThatItOpens()
    {
        await _nodes.Node.EncryptAsync("acme", "x");
        var backup = new InMemoryKeyStore(_nodes.Node.Time);
        await ManyKeys.CopyAsync(_nodes.Tables, backup);
        await _nodes.Node.Instance.Keys.ShredNowAsync("acme");
        string text = await _nodes.Node.Instance.Keys.CertifyShredAsync("acme", _signer);
        var verdict = await _nodes.Node.Instance.Keys.VerifyShredAsync(text, _signer.Fingerprint, backup);
        Assert.False(verdict.IsValid);
        Assert.Contains(verdict.Findings, static finding => finding.Contains("opens under the KEK", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Restore_BringsEveryValueBack_AndWrapsUnderANewIntermediateKey()
    {
        byte[] value = await _nodes.Node.EncryptAsync("acme", "x");
        using var backup = new MemoryStream();
        var made = await _nodes.Node.Instance.Keys.BackupAsync(backup);
        Assert.Equal((1, 2), (made.Keks["hierarchical:"], made.Keks["test:a"]));
        using var restored = new TestNode(_nodes.Node, tables: new InMemoryKeyStore(_nodes.Node.Time), isHierarchical: true);
        await restored.Instance.Keys.RestoreAsync(backup, "drill");
        Assert.Equal("x", await restored.DecryptAsync("acme", value));
        await restored.EncryptAsync("globex", "y");
        var keys = (await restored.Tables.Inventory.ReadKeysAsync(null, null, 100, default)).ToList();
        Assert.Equal([KeyState.Deactivated, KeyState.Active], keys.Where(static key => key.Key.Kind == KeyKind.Intermediate).OrderBy(static key => key.Key.Version).Select(static key => key.Key.State));
        string newest = keys.Where(static key => key.Key.Kind == KeyKind.Intermediate).MaxBy(static key => key.Key.Version)!.Key.KeyId.ToString();
        Assert.Equal(newest, keys.Single(static key => key.Key.Tenant == "globex").Wraps.Single().KekVersion);
        Assert.DoesNotContain(await restored.Instance.Keys.ExamineAsync(), static finding => finding.Severity == Severity.Error);
    }

    [Fact]
    public async Task Doctor_FindsAWrapUnderAnIntermediateKeyThatIsGone()
    {
        await _nodes.Node.EncryptAsync("acme", "x");
        Assert.DoesNotContain(await _nodes.Node.Instance.Keys.ExamineAsync(), static finding => finding.Severity == Severity.Error);
        _nodes.Node.Store.Pages = static page => [.. page.Select(static key => key.Key.Kind != KeyKind.Data ? key
            : key with { Wraps = [.. key.Wraps.Select(static wrap => wrap with { KekVersion = new string('0', 32) })] })];
        Assert.Contains(await _nodes.Node.Instance.Keys.ExamineAsync(), static finding => finding.Code == "wrap.intermediate-missing");
    }

    [Fact]
    public async Task Intermediate_IsNoOperatorsToDestroy()
    {
        await _nodes.Node.EncryptAsync("acme", "x");
        var intermediate = Assert.Single(await _nodes.KeysAsync(KeyKind.Intermediate));
        await Assert.ThrowsAsync<KeyStateException>(() => _nodes.Node.Instance.Keys.DestroyAsync(intermediate.Key.KeyId, "a test"));
    }

    [Fact]
    public async Task Escrow_OpensEveryKeyWithoutTheHierarchy()
    {
        var escrow = new SwitchableKek("test:escrow");
        using var node = new TestNode(kek: new SwitchableKek("test:k"), isHierarchical: true);
        await node.Instance.Keys.InitAsync();
        using var guarded = new TestNode(node, isHierarchical: true, kek: node.Kek.Twin(), configure: cc => cc.AddKekProvider(new ChoosingProvider([node.Kek.Twin(), escrow])).EscrowTo(escrow.Id));
        byte[] value = await guarded.EncryptAsync("acme", "x");
        await guarded.Instance.Keys.RewrapAsync(new RewrapOptions(escrow.Id));
        using var recovery = new TestNode(node, kek: escrow.Twin());
        Assert.Equal("x", await recovery.DecryptAsync("acme", value));
    }

    public void Dispose()
    {
        _nodes.Dispose();
        _signer.Dispose();
        _folder.Dispose();
    }

    private async Task<IEnumerable<string>> InvolvedAsync(TestNode node)
    {
        string text = await node.Instance.Keys.CertifyShredAsync("acme", _signer);
        var certificate = (await node.Instance.Keys.VerifyShredAsync(text, _signer.Fingerprint)).Certificate!;
        Assert.False(certificate.BackupProof.IsBackupProof);
        return certificate.Keks.Select(static kek => kek.KekId);
    }
}
