using ColumnCrypt.Kek;
using ColumnCrypt.Metadata;
using ColumnCrypt.Rewrap;
using ColumnCrypt.Store;
using ColumnCrypt.Tests.Keys;
using ColumnCrypt.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.Tests.Hierarchy;

// SPEC-LIFE-6
/// <summary>What a process remembers of an intermediate key proves nothing: before old wraps of tenants' keys go, the inner KEK is asked.</summary>
public sealed class HierarchicalDropTests : IDisposable
{
    private const int Tenants = 40;

    private readonly TestNode _plain = new(kek: new SwitchableKek("test:p"));
    private readonly SwitchableKek _inner = new("test:b");
    private readonly TestNode _operators;
    private readonly RewrapOptions _add;
    private readonly RewrapOptions _drop;

    public HierarchicalDropTests()
    {
        _operators = new TestNode(
            _plain,
            static bounds => bounds.MaxKeysPerIntermediate = 20,
            kek: _inner,
            isHierarchical: true,
            configure: cc => cc.AddKekProvider(new ChoosingProvider([_inner, _plain.Kek.Twin()])).AllowKek(_plain.Kek.Id));
        _add = new RewrapOptions(HierarchicalNodes.Layer + _inner.Id);
        _drop = _add with { Phase = RewrapPhase.Drop, Force = true };
    }

    [Theory]
    [InlineData(KekFailure.Destroyed)]
    [InlineData(KekFailure.Disabled)]
    [InlineData(KekFailure.Denied)]
    public async Task InnerKek_ThatIsGone_KeepsEveryOldWrap(KekFailure failure)
    {
        await AddAsync();
        _inner.Failure = failure;
        var result = await _operators.Instance.Keys.RewrapAsync(_drop);
        Assert.Equal((0, JobState.Stopped), (result.Processed, result.Job!.State));
        Assert.Contains(_inner.Id, Assert.Single(result.Failures).Reason, StringComparison.Ordinal);
        Assert.Equal(Tenants + 1, await CountOldAsync());

        _inner.Failure = null;
        Assert.Empty((await _operators.Instance.Keys.RewrapAsync(_drop)).Failures);
        Assert.Equal(0, await CountOldAsync());
    }

    [Fact]
    public async Task InnerKek_ThatGoesAwayDuringTheRun_IsAskedAgain_AndEndsIt()
    {
        await AddAsync();
        var progress = new Told(report =>
        {
            // Later than a proof is good for, and long before what this process holds is asked for again.
            _inner.Failure = report.Processed >= 4 ? KekFailure.Unavailable : null;
            _operators.Time.Advance(TimeSpan.FromSeconds(11));
        });
        var run = _operators.Instance.Keys.RewrapAsync(_drop with { BatchSize = 1 }, progress);
        await Waiting.UntilAsync(() =>
        {
            _operators.Time.Advance(_inner.Failure is null ? TimeSpan.Zero : TimeSpan.FromSeconds(1));
            return Task.FromResult(run.IsCompleted);
        });
        Assert.True((await Assert.ThrowsAsync<KeyUnavailableException>(() => run)).IsTransient);

        // One batch is moved while the one before is written; the keys of no tenant are among those that were reported.
        Assert.InRange(await CountOldAsync(), Tenants - 5, Tenants - 1);
        Assert.Contains(await _operators.Instance.Keys.ListJobsAsync(), static job => job.State == JobState.Ready);
    }

    [Fact]
    public async Task IntermediateKeys_ThatTheInnerKekDoesNotOpen_KeepTheOldWrapsOfTheKeysBelow()
    {
        await AddAsync();
        var broken = (await _operators.Tables.ReadTenantAsync("", default)).Keys.Where(static key => key.Kind == KeyKind.Intermediate).MinBy(static key => key.Version)!.KeyId;
        _operators.Store.Rows = (tenant, rows) => tenant.Length > 0 ? rows : rows with { Wraps = [.. rows.Wraps.Select(wrap => wrap.KeyId == broken ? wrap with { Wrapped = new byte[60] } : wrap)] };
        var result = await _operators.Instance.Keys.RewrapAsync(_drop);
        Assert.Equal((Tenants / 2, Tenants / 2), (result.Failures.Count, await CountOldAsync()));
    }

    [Fact]
    public async Task InnerKek_IsAskedOnceForEachIntermediateKey()
    {
        await AddAsync();
        int before = _inner.Unwraps;
        Assert.Empty((await _operators.Instance.Keys.RewrapAsync(_drop with { BatchSize = 5 })).Failures);
        Assert.Equal(3, _inner.Unwraps - before);
    }

    public void Dispose()
    {
        _operators.Dispose();
        _plain.Dispose();
    }

    private async Task AddAsync()
    {
        for (int i = 0; i < Tenants; i++)
        {
            await _plain.EncryptAsync($"t{i}", "x");
        }

        Assert.Empty((await _operators.Instance.Keys.RewrapAsync(_add)).Failures);
        Assert.Equal(2, (await _operators.Tables.ReadTenantAsync("", default)).Keys.Count(static key => key.Kind == KeyKind.Intermediate));
    }

    private async Task<long> CountOldAsync() => (await _operators.Tables.Inventory.CountDependentsAsync(_plain.Kek.Id, default)).Keys;
}
