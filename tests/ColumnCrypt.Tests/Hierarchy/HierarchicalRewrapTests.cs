using ColumnCrypt.Kek;
using ColumnCrypt.Lifecycle;
using ColumnCrypt.Metadata;
using ColumnCrypt.Rewrap;
using ColumnCrypt.Store;
using ColumnCrypt.Tests.Keys;
using ColumnCrypt.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.Tests.Hierarchy;

// SPEC-WRAP-17
/// <summary>Intermediate keys are moved from KEK to KEK; tenants' keys to them, and away from them.</summary>
public sealed class HierarchicalRewrapTests : IDisposable
{
    private const string Layer = HierarchicalNodes.Layer;

    private readonly HierarchicalNodes _nodes = new(static bounds => bounds.MaxKeysPerIntermediate = 20);
    private readonly SwitchableKek _new = new("test:b");

    [Fact]
    public async Task Rewrap_ToAnotherInnerKek_TouchesIntermediateKeysAlone()
    {
        var values = await FillAsync(_nodes.Node, 50);
        var before = await _nodes.WrapsAsync(KeyKind.Data);
        var operators = _nodes.Operator(_new, isHierarchical: true);
        Assert.Empty((await operators.Instance.Keys.RewrapAsync(new RewrapOptions(Layer + _new.Id))).Failures);
        Assert.Empty((await operators.Instance.Keys.RewrapAsync(new RewrapOptions(Layer + _new.Id) { Phase = RewrapPhase.Drop, Force = true })).Failures);

        // Three intermediate keys and the installation key, each wrapped once and proved twice.
        Assert.Equal((4, 8), (_new.Wraps, _new.Unwraps));
        Assert.Equal(before.Select(Text), (await _nodes.WrapsAsync(KeyKind.Data)).Select(Text));
        Assert.All([.. await _nodes.WrapsAsync(KeyKind.Intermediate), .. await _nodes.WrapsAsync(KeyKind.Installation)], wrap => Assert.Equal(_new.Id, wrap.KekId));
        await AssertReadAsync(_nodes.Only(_new, isHierarchical: true), values);
        Assert.True((await operators.Instance.Keys.VerifyAuditAsync()).IsValid);
        Assert.DoesNotContain(await operators.Instance.Keys.ExamineAsync(), static finding => finding.Severity == Doctor.Severity.Error);
    }

    [Fact]
    public async Task Rewrap_ToANewerVersionOfTheInnerKek_TouchesIntermediateKeysAlone()
    {
        await FillAsync(_nodes.Node, 50);
        var before = await _nodes.WrapsAsync(KeyKind.Data);
        var operators = _nodes.Sibling();
        string uri = Layer + operators.Kek.Id;
        Assert.Empty((await operators.Instance.Keys.RewrapAsync(new RewrapOptions(uri) { From = uri })).Failures);
        Assert.Equal(4, operators.Kek.Wraps);
        Assert.Equal(before.Select(Text), (await _nodes.WrapsAsync(KeyKind.Data)).Select(Text));
    }

    [Fact]
    public async Task Rewrap_ToAPlainKekAndBack_LosesNothing()
    {
        var values = await FillAsync(_nodes.Node, 30);
        var away = _nodes.Operator(_new, isHierarchical: false);
        await MoveAsync(away, _new.Id);
        Assert.DoesNotContain(await _nodes.WrapsAsync(KeyKind.Data), static wrap => wrap.KekId == Layer);
        await AssertReadAsync(_nodes.Only(_new, isHierarchical: false), values);

        // Back, over the same KEK: the tenants' keys alone are wrapped anew.
        using var back = new TestNode(_nodes.Node, static bounds => bounds.MaxKeysPerIntermediate = 20, kek: _new.Twin(), isHierarchical: true);
        await MoveAsync(back, Layer + _new.Id);
        Assert.All(await _nodes.WrapsAsync(KeyKind.Data), static wrap => Assert.Equal(Layer, wrap.KekId));
        await AssertReadAsync(_nodes.Only(_new, isHierarchical: true), values);
        Assert.All((await _nodes.WrapsAsync(KeyKind.Data)).GroupBy(static wrap => wrap.KekVersion), static group => Assert.InRange(group.Count(), 1, 20));
    }

    [Fact]
    public async Task Drop_WhileANodeHasNotUnwrappedThroughTheLayer_IsRefused()
    {
        using var plain = new TestNode(kek: new SwitchableKek("test:p"));
        byte[] value = await plain.EncryptAsync("acme", "x");
        plain.Time.Advance(TimeSpan.FromSeconds(11));
        await Waiting.UntilAsync(async () => (await plain.Instance.Keys.GetStatusAsync()).Nodes.Count > 0);
        using var operators = new TestNode(plain, isHierarchical: true);
        await operators.Instance.Keys.RewrapAsync(new RewrapOptions(Layer + plain.Kek.Id));
        var error = await Assert.ThrowsAsync<KekInUseException>(
            () => operators.Instance.Keys.RewrapAsync(new RewrapOptions(Layer + plain.Kek.Id) { From = plain.Kek.Id, Phase = RewrapPhase.Drop, Tenants = new HashSet<string> { "acme" } }));
        Assert.Contains("1 of 1", error.Message, StringComparison.Ordinal);
        Assert.Equal("x", await plain.DecryptAsync("acme", value));
    }

    [Fact]
    public async Task Keks_OfAHierarchy_AreCountedByWhatTheyWrap()
    {
        await FillAsync(_nodes.Node, 30);
        var keys = _nodes.Node.Instance.Keys;
        var listed = (await keys.ListKeksAsync()).ToDictionary(static kek => kek.KekId);
        Assert.Equal([Layer, "test:a"], listed.Keys.Order());
        Assert.Equal((30, 3), (listed[Layer].Dependence.Keys, listed["test:a"].Dependence.OnlyHere));
        Assert.True((await keys.CheckKekAsync(Layer + "test:a")).RefusesWrongContext);
        Assert.Contains("Name the inner KEK", (await Assert.ThrowsAsync<EncryptionModelException>(() => keys.CheckKekAsync(Layer))).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<KekInUseException>(() => keys.RetireKekAsync(Layer + "test:a", "a test"));

        var operators = _nodes.Operator(_new, isHierarchical: true);
        await MoveAsync(operators, Layer + _new.Id);
        Assert.Equal("test:a", (await operators.Instance.Keys.RetireKekAsync(Layer + "test:a", "a test")).KekId);

        // The operator names two hierarchical KEKs, of which one is retired; the node that names one alone sees the same.
        foreach (var node in new[] { operators, _nodes.Only(_new, isHierarchical: true) })
        {
            var states = (await node.Instance.Keys.ListKeksAsync()).Select(static kek => (kek.KekId, kek.State)).OrderBy(static kek => kek.KekId, StringComparer.Ordinal);
            Assert.Equal([(Layer, KekState.Active), ("test:a", KekState.Retired), ("test:b", KekState.Active)], states);
        }

        Assert.Equal(KekState.Destroyed, (await operators.Instance.Keys.DestroyKekAsync("test:a", _nodes.Node.Time.GetUtcNow(), "a test")).State);
        await AssertReadAsync(_nodes.Only(_new, isHierarchical: true), await FillAsync(operators, 5, "later"));
    }

    [Fact]
    public async Task Keks_SideBySide_EachOpenTheIntermediateKey_AndOneThatLagsIsRepaired()
    {
        var second = new SwitchableKek("test:second");
        using var node = new TestNode(kek: new SwitchableKek("test:first"), isHierarchical: true, configure: null);
        await node.Instance.Keys.InitAsync();
        using var both = new TestNode(node, kek: node.Kek.Twin(), isHierarchical: true, configure: cc =>
            cc.AddKekProvider(new ChoosingProvider([node.Kek, second])).AlsoUseKek(Layer + second.Id, static kek => kek.MayLag = true));
        second.Failure = KekFailure.Unavailable;
        byte[] value = await both.EncryptAsync("acme", "x");
        var key = Assert.Single((await both.Tables.Inventory.ReadKeysAsync(null, null, 10, default)), static key => key.Key.Kind == KeyKind.Intermediate);
        Assert.Equal("test:first", key.Wraps.Single().KekId);

        second.Failure = null;
        var repair = both.Instance.Keys.RepairWrapsAsync(1_000);
        await Waiting.UntilAsync(() =>
        {
            both.Time.Advance(TimeSpan.FromMilliseconds(10));
            return Task.FromResult(repair.IsCompleted);
        });
        Assert.Equal(2, await repair);
        node.Kek.Failure = KekFailure.Unavailable;
        using var fresh = new TestNode(node, kek: second.Twin(), isHierarchical: true);
        Assert.Equal("x", await fresh.DecryptAsync("acme", value));
        var data = Assert.Single((await both.Tables.Inventory.ReadKeysAsync(null, null, 10, default)), static key => key.Key.Kind == KeyKind.Data);
        Assert.Single(data.Wraps);
    }

    public void Dispose() => _nodes.Dispose();

    private static async Task MoveAsync(TestNode operators, string to)
    {
        Assert.Empty((await operators.Instance.Keys.RewrapAsync(new RewrapOptions(to))).Failures);
        Assert.Empty((await operators.Instance.Keys.RewrapAsync(new RewrapOptions(to) { Phase = RewrapPhase.Drop, Force = true })).Failures);
    }

    private static async Task<IReadOnlyDictionary<string, byte[]>> FillAsync(TestNode node, int count, string prefix = "t")
    {
        var values = new Dictionary<string, byte[]>();
        for (int i = 0; i < count; i++)
        {
            values.Add($"{prefix}{i}", await node.EncryptAsync($"{prefix}{i}", "x"));
        }

        return values;
    }

    private static async Task AssertReadAsync(TestNode node, IReadOnlyDictionary<string, byte[]> values)
    {
        foreach (var (tenant, value) in values)
        {
            Assert.Equal("x", await node.DecryptAsync(tenant, value));
        }
    }

    private static string Text(WrapRecord wrap) => $"{wrap.KeyId} {wrap.KekId} {wrap.KekVersion} {Convert.ToHexString(wrap.Wrapped!)} {wrap.ValidFrom} {wrap.VerifiedAt}";
}
