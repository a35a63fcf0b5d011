using ColumnCrypt.Format;
using ColumnCrypt.Metadata;
using ColumnCrypt.Rewrap;
using ColumnCrypt.Store;
using ColumnCrypt.Tests.Keys;
using ColumnCrypt.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.Tests.Hierarchy;

// SPEC-LIFE-6 SPEC-WRAP-17
/// <summary>A rewrap to a hierarchical KEK under which nothing new is wrapped yet: the intermediate keys that it makes are under its inner KEK all the same.</summary>
public sealed class HierarchicalTargetTests : IDisposable
{
    private const string To = HierarchicalNodes.Layer + "test:b";

    private readonly SwitchableKek _inner = new("test:b");
    private readonly SwitchableKek _new = new("test:a");
    private readonly TestNode _plain = new(kek: new SwitchableKek("test:p"));

    [Theory]
    [InlineData(null)]
    [InlineData("test:p")]
    public async Task Rewrap_WhereTheConfigurationWrapsUnderAnother_WrapsIntermediateKeysUnderTheTarget(string? from)
    {
        await FillAsync();
        using var operators = Operators();
        var result = await operators.Instance.Keys.RewrapAsync(new RewrapOptions(To) { From = from });
        Assert.Empty(result.Failures);
        await AssertOpenAsync();

        Assert.Empty((await operators.Instance.Keys.RewrapAsync(new RewrapOptions(To) { From = from, Phase = RewrapPhase.Drop, Force = true })).Failures);
        await AssertOpenAsync();
    }

    [Fact]
    public async Task Rewrap_ThatIsStopped_HasWrappedNothingUnderAnIntermediateKeyWithoutTheTarget()
    {
        await FillAsync();
        using var operators = Operators();
        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => operators.Instance.Keys.RewrapAsync(new RewrapOptions(To) { BatchSize = 8 }, new Told(stop.Cancel), stop.Token));
        var intermediates = await IntermediatesAsync();
        Assert.InRange(intermediates.Count, 2, 4);
        Assert.All(intermediates, static key => Assert.Equal(["test:a", "test:b"], key.Wraps.Select(static wrap => wrap.KekId).Order()));
    }

    // What a node makes meanwhile is under the KEK of its own configuration alone.
    [Theory]
    [InlineData(null)]
    [InlineData("test:p")]
    public async Task Rewrap_EndsWithTheKeysOfNoTenantThatWereMadeMeanwhile(string? from)
    {
        await FillAsync();
        using var nodes = new TestNode(
            _plain, static bounds => bounds.MaxKeysPerIntermediate = 2, kek: _new, isHierarchical: true, configure: cc => cc.AddKekProvider(new ChoosingProvider([_new, _plain.Kek])).AllowKek("test:p"));
        using var operators = Operators();
        int made = 0;
        var progress = new Told(() =>
        {
            if (made < 12)
            {
                nodes.EncryptAsync($"later{made++}", "x").GetAwaiter().GetResult();
            }
        });
        var result = await operators.Instance.Keys.RewrapAsync(new RewrapOptions(To) { From = from, BatchSize = 2 }, progress);
        Assert.Empty(result.Failures);
        Assert.Equal(12, made);
        Assert.Equal((result.Processed, result.Processed, JobState.Completed), (result.Job!.Processed, result.Job.Succeeded, result.Job.State));
        var intermediates = await IntermediatesAsync();
        Assert.InRange(intermediates.Count, 12, 20);
        Assert.All(intermediates, static key => Assert.Contains(key.Wraps, static wrap => wrap is { KekId: "test:b", VerifiedAt: not null }));
        Assert.True((await operators.Instance.Keys.VerifyAuditAsync()).IsValid);
        await AssertOpenAsync();
    }

    public void Dispose() => _plain.Dispose();

    private TestNode Operators() => new(
        _plain,
        static bounds => bounds.MaxKeysPerIntermediate = 5,
        kek: _new,
        configure: cc => cc.AddKekProvider(new ChoosingProvider([_new, _plain.Kek, _inner])).AllowKek("test:p").AllowKek(To));

    private async Task<IReadOnlyList<KeyWithWraps>> IntermediatesAsync() =>
        [.. (await _plain.Tables.Inventory.ReadKeysOfAsync("", default)).Where(static key => key.Key.Kind == KeyKind.Intermediate)];

    private async Task FillAsync()
    {
        for (int i = 0; i < 30; i++)
        {
            await _plain.EncryptAsync($"t{i}", "x");
        }
    }

    // A node that knows the target alone uses the keys of every tenant.
    private async Task AssertOpenAsync()
    {
        using var only = new TestNode(_plain, kek: _inner.Twin(), isHierarchical: true);
        var tenants = (await _plain.Tables.Inventory.ReadKeysAsync(null, null, 5_000, default)).Where(static key => key.Key.Kind == KeyKind.Data).Select(static key => key.Key.Tenant).ToList();
        Assert.True(tenants.Count >= 30);
        foreach (string tenant in tenants)
        {
            using var lease = await only.Instance.AcquireRingAsync(tenant, 1, default);
            Assert.NotEmpty(lease.Encrypt("p", "x", ValueCodecs.For<string>()));
        }
    }
}
