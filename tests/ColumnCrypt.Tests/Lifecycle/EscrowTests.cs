using ColumnCrypt.Configuration;
using ColumnCrypt.Kek;
using ColumnCrypt.Keys;
using ColumnCrypt.Metadata;
using ColumnCrypt.Rewrap;
using ColumnCrypt.Store;
using ColumnCrypt.Tests.Keys;
using ColumnCrypt.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.Tests.Lifecycle;

// SPEC-WRAP-2 SPEC-WRAP-3 SPEC-WRAP-5 SPEC-WRAP-6 SPEC-LIFE-5 SPEC-LIFE-6
public sealed class EscrowTests : IDisposable
{
    private readonly EscrowFile _escrow = new();
    private readonly List<TestNode> _nodes = [];

    public void Dispose()
    {
        _nodes.ForEach(static node => node.Dispose());
        _escrow.Dispose();
    }

    [Fact]
    public async Task NewKey_OfANodeWithEscrow_HasTwoWraps_TheInstallationKeyToo_AndAShredClearsBoth()
    {
        var node = Node(configure: cc => cc.EscrowTo(_escrow.Uri));
        byte[] value = await node.EncryptAsync("acme", "x");
        await node.Instance.Keys.RotateAsync("acme");
        await node.EncryptAsync("globex", "y");
        var keys = await KeysAsync(node);
        Assert.Equal(4, keys.Count);
        Assert.All(keys, key => Assert.Equal(["test:kek", _escrow.Uri], key.Wraps.Select(static wrap => wrap.KekId)));
        Assert.All(keys.SelectMany(static key => key.Wraps), static wrap => Assert.Null(wrap.VerifiedAt));
        Assert.Equal(["test:kek", _escrow.Uri], (await node.Instance.Keys.ListKeksAsync()).OrderBy(static kek => kek.Priority).Select(static kek => kek.KekId));

        var other = Node(node, cc => cc.EscrowTo(_escrow.Uri));
        Assert.Equal("x", await other.DecryptAsync("acme", value));
        await node.Instance.Keys.ShredNowAsync("acme");
        Assert.All((await KeysAsync(node)).Where(static key => key.Key.Tenant == "acme").SelectMany(static key => key.Wraps), static wrap => Assert.Null(wrap.Wrapped));
    }

    [Fact]
    public async Task NewKey_WhoseEscrowFails_IsNotMade()
    {
        var node = Node(configure: cc => cc.EscrowTo(_escrow.Uri));
        await node.EncryptAsync("acme", "x");
        _escrow.Replace(notAfter: node.Time.GetUtcNow().AddDays(1));
        var second = Node(node, cc => cc.EscrowTo(_escrow.Uri));
        await second.EncryptAsync("globex", "y");
        node.Time.Advance(TimeSpan.FromDays(2));
        Assert.Equal(KeyUnavailableReason.Disabled, (await Assert.ThrowsAsync<KeyUnavailableException>(() => second.EncryptAsync("late", "z"))).Reason);
        File.Delete(_escrow.Path);
        var third = Node(node, cc => cc.EscrowTo(_escrow.Uri));
        Assert.Equal(KeyUnavailableReason.Destroyed, (await Assert.ThrowsAsync<KeyUnavailableException>(() => third.EncryptAsync("late", "z"))).Reason);
        await third.Instance.Keys.RetireKekAsync(_escrow.Uri, "test");
        Assert.Equal(KeyUnavailableReason.KekNotAllowed, (await Assert.ThrowsAsync<KeyUnavailableException>(() => third.EncryptAsync("late", "z"))).Reason);
        Assert.Equal(3, (await KeysAsync(node)).Count);

        var empty = Node(configure: cc => cc.EscrowTo(_escrow.Uri));
        await Assert.ThrowsAsync<KeyUnavailableException>(() => empty.Instance.Keys.InitAsync());
        Assert.Empty(await KeysAsync(empty));
    }

    [Fact]
    public async Task Rewrap_ToAnEscrow_AddsUnverifiedWrapsOnce_AndLeavesTheOrderOfKeksAlone()
    {
        var node = Node();
        byte[] value = await FillAsync(node);
        var keys = (await OperatorAsync(node)).Instance.Keys;
        var options = new RewrapOptions(_escrow.Uri);
        Assert.Equal(4, await LeftAsync(keys, options));
        var added = await keys.RewrapAsync(options);
        Assert.Equal((4, 0, true), (added.Succeeded, added.Failures.Count, added.IsEscrow));
        var before = await KeysAsync(node);
        Assert.All(before, key => Assert.Null(Assert.Single(key.Wraps, wrap => wrap.KekId == _escrow.Uri).VerifiedAt));
        Assert.Equal(KekStanding.LastPriority, (await keys.ListKeksAsync()).Single(kek => kek.KekId == _escrow.Uri).Priority);

        Assert.Equal(0, await LeftAsync(keys, options));
        Assert.Empty((await keys.RewrapAsync(options)).Failures);
        Assert.Equal(Bytes(before), Bytes(await KeysAsync(node)));

        _escrow.Replace();
        var renewed = (await OperatorAsync(node)).Instance.Keys;
        Assert.Equal(4, await LeftAsync(renewed, options with { From = _escrow.Uri }));
        Assert.Empty((await renewed.RewrapAsync(options)).Failures);
        Assert.All(await KeysAsync(node), key => Assert.Equal(2, key.Wraps.Count(wrap => wrap.KekId == _escrow.Uri)));
        Assert.Equal("t1", await Node(node).DecryptAsync("t1", value));

        Assert.Equal(KeyUnavailableReason.Denied, (await Assert.ThrowsAsync<KeyUnavailableException>(() => renewed.CheckKekAsync(_escrow.Uri))).Reason);
        await Assert.ThrowsAsync<KeyStateException>(() => renewed.RewrapAsync(options with { Phase = RewrapPhase.Drop }));
        await Assert.ThrowsAsync<KeyStateException>(() => Node(node, cc => cc.EscrowTo(_escrow.Uri)).Instance.Keys.RewrapAsync(options with { Phase = RewrapPhase.Drop }));
    }

    [Fact]
    public async Task Rewrap_OfChosenTenants_EscrowsThem_AndTheInstallationKey()
    {
        var node = Node();
        await FillAsync(node);
        var keys = Node(node, cc => cc.EscrowTo(_escrow.Uri)).Instance.Keys;
        var options = new RewrapOptions(_escrow.Uri) { Tenants = new HashSet<string> { "t3", "t1" } };
        Assert.Equal(3, await LeftAsync(keys, options));
        await keys.RewrapAsync(options);
        Assert.Equal(["", "t1", "t3"], await TenantsUnderEscrowAsync(node));
        Assert.Equal($$"""{"to":"{{_escrow.Uri}}","from":null,"phase":"add","partition":0,"partitions":1,"tenants":["t1","t3"]}""", (await node.Tables.Jobs.ReadAsync("", 10, default)).Single().Target);

        await keys.EnqueueRewrapAsync(options with { Tenants = new HashSet<string> { "t2" } });
        await keys.ApproveJobAsync((await keys.ListJobsAsync()).Single(static job => job.State == JobState.Requested).JobId);
        Assert.Equal(1, await keys.RunJobsAsync());
        Assert.Equal(["", "t1", "t2", "t3"], await TenantsUnderEscrowAsync(node));

        var kek = new SwitchableKek("test:new");
        var operators = Node(node, cc => cc.AddKekProvider(new ChoosingProvider([node.Kek.Twin(), kek])).AllowKek(kek.Id)).Instance.Keys;
        await operators.RewrapAsync(new RewrapOptions(kek.Id));
        var drop = new RewrapOptions(kek.Id) { Phase = RewrapPhase.Drop, Force = true, From = _escrow.Uri, Tenants = new HashSet<string> { "t2" } };
        Assert.Equal(1, await LeftAsync(operators, drop));
        Assert.Empty((await operators.RewrapAsync(drop)).Failures);
        Assert.Equal(["", "t1", "t3"], await TenantsUnderEscrowAsync(node));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => operators.RewrapAsync(drop with { Tenants = new HashSet<string>() }));
    }

    [Fact]
    public async Task Drop_WithoutAName_KeepsEscrow_AndReportsWhatItDoesNotKnow()
    {
        var node = Node(configure: cc => cc.EscrowTo(_escrow.Uri));
        await FillAsync(node);
        var kek = new SwitchableKek("test:new");
        TestNode Operator(Action<ColumnCryptBuilder> configure) => Node(node, cc => configure(cc.AddKekProvider(new ChoosingProvider([node.Kek.Twin(), kek])).AllowKek(kek.Id)));
        var add = new RewrapOptions(kek.Id);
        var drop = add with { Phase = RewrapPhase.Drop, Force = true };
        var ignorant = Operator(static _ => { }).Instance.Keys;
        var knowing = await OperatorAsync(node, cc => cc.AddKekProvider(new ChoosingProvider([node.Kek.Twin(), kek])).AllowKek(kek.Id));
        await ignorant.RewrapAsync(add);

        var result = await ignorant.RewrapAsync(drop with { Tenants = new HashSet<string> { "t1" } });
        Assert.Contains("name it with From", Assert.Single(result.Failures).Reason, StringComparison.Ordinal);
        Assert.Equal([_escrow.Uri, "test:new"], await AliveAsync(node, "t1"));
        Assert.Empty((await Operator(cc => cc.EscrowTo(_escrow.Uri)).Instance.Keys.RewrapAsync(drop)).Failures);
        Assert.Equal([_escrow.Uri, "test:new"], await AliveAsync(node, "t2"));
        Assert.Empty((await knowing.Instance.Keys.RewrapAsync(drop)).Failures);
        Assert.Equal([_escrow.Uri, "test:new"], await AliveAsync(node, "t2"));

        Assert.Empty((await ignorant.RewrapAsync(drop with { From = _escrow.Uri })).Failures);
        Assert.Equal(["test:new"], await AliveAsync(node, "t2"));
    }

    [Fact]
    public async Task Escrow_ThatTheConfigurationAllows_NeverHidesWhyTheKekFails()
    {
        var node = Node(configure: cc => cc.EscrowTo(_escrow.Uri));
        byte[] value = await FillAsync(node);
        var operators = await OperatorAsync(node);
        operators.Kek.Failure = KekFailure.Unavailable;
        Assert.Equal(KeyUnavailableReason.Unavailable, (await Assert.ThrowsAsync<KeyUnavailableException>(() => operators.DecryptAsync("t1", value))).Reason);
        operators.Kek.Failure = null;
        Assert.Equal("t1", await operators.DecryptAsync("t1", value));
    }

    [Fact]
    public async Task Doctor_FindsKeysThatOnlyTheEscrowOpens()
    {
        var node = Node(configure: cc => cc.EscrowTo(_escrow.Uri));
        await FillAsync(node);
        node.Store.Pages = page => [.. page.Select(key => key with { Wraps = [.. key.Wraps.Where(wrap => wrap.KekId == _escrow.Uri)] })];
        Assert.Contains(await node.Instance.Keys.ExamineAsync(), static finding => finding.Code == "wrap.escrow-only");
    }

    [Fact]
    public void Configuration_ThatUnwrapsThroughAPublicKey_IsPinned_AndAnEscrowIsAnotherKek()
    {
        Assert.Contains("PinInstallation", Assert.Throws<EncryptionModelException>(() => Node(configure: cc => cc.AllowKek(_escrow.Uri))).Message, StringComparison.Ordinal);
        Assert.Contains("EscrowTo", Assert.Throws<EncryptionModelException>(() => Node(configure: static cc => cc.EscrowTo("test:kek"))).Message, StringComparison.Ordinal);
    }

    private static async Task<byte[]> FillAsync(TestNode node)
    {
        await node.EncryptAsync("t3", "t3");
        await node.EncryptAsync("t2", "t2");
        return await node.EncryptAsync("t1", "t1");
    }

    private static async Task<IReadOnlyList<KeyWithWraps>> KeysAsync(TestNode node) => await node.Tables.Inventory.ReadKeysAsync(null, null, 100, default);

    private static IEnumerable<string> Bytes(IEnumerable<KeyWithWraps> keys) => keys.SelectMany(static key => key.Wraps).Select(static wrap => Convert.ToHexString(wrap.Wrapped!));

    private static async Task<long> LeftAsync(ColumnCrypt.Lifecycle.IKeyManager keys, RewrapOptions options)
    {
        var dry = await keys.RewrapAsync(options with { DryRun = true });
        return dry.Processed - dry.Succeeded;
    }

    private static async Task<IReadOnlyList<string>> AliveAsync(TestNode node, string tenant) =>
        [.. (await KeysAsync(node)).Single(key => key.Key.Tenant == tenant).Wraps.Where(static wrap => wrap.Wrapped is not null).Select(static wrap => wrap.KekId).OrderDescending(StringComparer.Ordinal)];

    private async Task<IReadOnlyList<string>> TenantsUnderEscrowAsync(TestNode node) =>
        [.. (await KeysAsync(node)).Where(key => key.Wraps.Any(wrap => wrap.KekId == _escrow.Uri && wrap.Wrapped is not null)).Select(static key => key.Key.Tenant).Order(StringComparer.Ordinal)];

    /// <summary>An operator's process that allows the escrow KEK as any other, which takes a pin.</summary>
    private async Task<TestNode> OperatorAsync(TestNode node, Action<ColumnCryptBuilder>? configure = null)
    {
        string commitment = (await node.Instance.Keys.InitAsync()).Commitment;
        return Node(node, cc =>
        {
            cc.AllowKek(_escrow.Uri).PinInstallation(commitment);
            configure?.Invoke(cc);
        });
    }

    private TestNode Node(TestNode? sibling = null, Action<ColumnCryptBuilder>? configure = null)
    {
        var node = new TestNode(sibling, configure: configure);
        _nodes.Add(node);
        return node;
    }
}
