using ColumnCrypt.Configuration;
using ColumnCrypt.Kek;
using ColumnCrypt.Lifecycle;
using ColumnCrypt.Metadata;
using ColumnCrypt.Rewrap;
using ColumnCrypt.Tests.Keys;
using ColumnCrypt.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace ColumnCrypt.Tests.Lifecycle;

// SPEC-WRAP-16
/// <summary>Two KEKs that each open every key: one wraps, one stands beside it.</summary>
public sealed class SeveralKeksTests : IDisposable
{
    private readonly SwitchableKek _first = new("test:first");
    private readonly SwitchableKek _second = new("test:second");
    private readonly List<TestNode> _nodes = [];

    [Fact]
    public async Task Key_UnderTwoKeks_IsOpenedByEitherAlone()
    {
        var node = Node();
        byte[] value = await node.EncryptAsync("acme", "x");

        _first.Failure = KekFailure.Unavailable;
        Assert.Equal("x", await Sibling(node).DecryptAsync("acme", value));
        Assert.True(_second.Unwraps > 0);
        (_first.Failure, _second.Failure) = (null, KekFailure.Disabled);
        Assert.Equal("x", await Sibling(node).DecryptAsync("acme", value));
        Assert.Equal(["test:first", "test:second"], (await node.Instance.Keys.ListKeksAsync()).OrderBy(static kek => kek.Priority).Select(static kek => kek.KekId));
    }

    [Fact]
    public async Task Key_WhileAKekIsAway_IsNotMade_UnlessThatOneMayLag()
    {
        var strict = Node();
        await strict.EncryptAsync("acme", "x");
        _second.Failure = KekFailure.Unavailable;
        var error = await Assert.ThrowsAsync<KeyUnavailableException>(() => strict.EncryptAsync("globex", "y"));
        Assert.Equal(KeyUnavailableReason.Unavailable, error.Reason);
        Assert.Empty(await strict.Instance.Keys.ListKeysAsync("globex"));

        var lax = Sibling(strict, static kek => kek.MayLag = true);
        Assert.Equal("y", await lax.DecryptAsync("globex", await lax.EncryptAsync("globex", "y")));

        _second.Failure = KekFailure.Denied;
        Assert.Equal(KeyUnavailableReason.Denied, (await Assert.ThrowsAsync<KeyUnavailableException>(() => lax.EncryptAsync("initech", "z"))).Reason);
    }

    [Fact]
    public async Task Key_WhileTheFirstKekIsAway_IsMadeUnderTheOther_AndRepairedOnce()
    {
        var node = Node(static kek => kek.MayLag = true, firstLags: true);
        await node.EncryptAsync("acme", "x");
        _first.Failure = KekFailure.Unavailable;
        byte[][] values = [.. await Task.WhenAll(Enumerable.Range(0, 5).Select(i => node.EncryptAsync($"t{i}", "y")))];
        _second.Failure = KekFailure.Unavailable;
        Assert.True((await Assert.ThrowsAsync<KeyUnavailableException>(() => node.EncryptAsync("none", "z"))).IsTransient);

        // While it is away, a round of repairs asks it once, and makes no job.
        _second.Failure = null;
        await Assert.ThrowsAsync<KeyUnavailableException>(() => RepairedAsync(node));
        Assert.Empty(await node.Instance.Keys.ListJobsAsync());

        _first.Failure = null;
        Assert.Equal(5, await RepairedAsync(node));
        int wraps = _first.Wraps;
        Assert.Equal(0, await RepairedAsync(node));
        Assert.Equal(wraps, _first.Wraps);
        _second.Failure = KekFailure.Unavailable;
        var fresh = Sibling(node);
        for (int i = 0; i < values.Length; i++)
        {
            Assert.Equal("y", await fresh.DecryptAsync($"t{i}", values[i]));
        }

        Assert.True((await node.Instance.Keys.VerifyAuditAsync()).IsValid);
    }

    [Fact]
    public async Task Worker_MakesTheWrapsThatAreMissing_AtItsRate()
    {
        var node = Node(static kek => kek.MayLag = true);
        await node.EncryptAsync("acme", "x");
        _second.Failure = KekFailure.Unavailable;
        for (int i = 0; i < 30; i++)
        {
            await node.EncryptAsync($"t{i}", "y");
        }

        _second.Failure = null;
        int before = _second.Wraps;
        using var worker = new KeyWorker(node.Instance.Keys, new KeyWorkerOptions { MaxRepairsPerSecond = 0.5 }, node.Time, NullLogger.Instance);
        var start = node.Time.GetUtcNow();
        for (int round = 0; _second.Wraps < before + 30; round++)
        {
            Assert.True(round < 10, $"{_second.Wraps - before} of 30 wraps after ten rounds.");
            await PassingTimeAsync(node, worker.RunOnceAsync(default), TimeSpan.FromSeconds(1));
            Assert.Equal(0, await node.Instance.Keys.RunJobsAsync());
        }

        Assert.Equal(30, _second.Wraps - before);
        Assert.True(node.Time.GetUtcNow() - start >= TimeSpan.FromSeconds(40), $"{node.Time.GetUtcNow() - start}");
        Assert.Equal(0, await RepairedAsync(node));
    }

    // What reads the wraps of all keys does so at its interval, whatever the rounds are and whatever comes of it.
    [Fact]
    public async Task Worker_LooksForMissingWraps_AtItsInterval_AlsoWhileTheKekIsAway()
    {
        var node = Node(static kek => kek.MayLag = true);
        await node.EncryptAsync("acme", "x");
        using var worker = new KeyWorker(node.Instance.Keys, new KeyWorkerOptions { RepairInterval = TimeSpan.FromMinutes(30) }, node.Time, NullLogger.Instance);
        await worker.RunOnceAsync(default);
        _second.Failure = KekFailure.Unavailable;
        for (int i = 0; i < 5; i++)
        {
            await node.EncryptAsync($"t{i}", "y");
        }

        // A round a minute, and a look in each half an hour, which asks the KEK that is away once.
        var (wraps, checks) = (_second.Wraps, _second.Checks);
        await RoundsAsync(28);
        Assert.Equal(checks, _second.Checks);
        await RoundsAsync(4);
        Assert.Equal(checks + 1, _second.Checks);
        await RoundsAsync(24);
        Assert.Equal((wraps, checks + 1), (_second.Wraps, _second.Checks));
        await RoundsAsync(8);
        Assert.Equal(checks + 2, _second.Checks);

        // Back again: with the next look each key gets its wrap, once.
        _second.Failure = null;
        await RoundsAsync(20);
        Assert.DoesNotContain("test:second", await WrapsAsync(node, "t0"));
        await RoundsAsync(12);
        for (int i = 0; i < 5; i++)
        {
            Assert.Contains("test:second", await WrapsAsync(node, $"t{i}"));
        }

        Assert.Equal(wraps + 5, _second.Wraps);
        await RoundsAsync(60);
        Assert.Equal(wraps + 5, _second.Wraps);

        async Task RoundsAsync(int count)
        {
            for (int i = 0; i < count; i++)
            {
                node.Time.Advance(TimeSpan.FromMinutes(1));
                await PassingTimeAsync(node, worker.RunOnceAsync(default), TimeSpan.FromMilliseconds(10));
            }
        }
    }

    [Fact]
    public async Task Rewrap_ToANewKek_LeavesTheWrapsOfTheOneBesideIt()
    {
        var node = Node();
        byte[] value = await node.EncryptAsync("acme", "x");
        var newer = new SwitchableKek("test:new");
        var operators = Add(new TestNode(node, kek: newer, configure: cc => cc.AddKekProvider(new ChoosingProvider([newer, _first, _second])).AlsoUseKek(_second.Id).AllowKek(_first.Id)));
        await operators.Instance.Keys.RewrapAsync(new RewrapOptions(newer.Id));
        await operators.Instance.Keys.RewrapAsync(new RewrapOptions(newer.Id) { Phase = RewrapPhase.Drop, Force = true });

        var key = (await operators.Instance.Keys.ListKeysAsync("acme")).Single();
        Assert.Equal(["test:new", "test:second"], (await operators.Instance.Keys.FindKeyAsync(key.KeyId))!.Wraps.Where(static wrap => !wrap.IsDropped).Select(static wrap => wrap.KekId).Order());
        newer.Failure = KekFailure.Unavailable;
        var survivor = Add(new TestNode(node, kek: newer, configure: cc => cc.AddKekProvider(new ChoosingProvider([newer, _second])).AlsoUseKek(_second.Id)));
        Assert.Equal("x", await survivor.DecryptAsync("acme", value));
    }

    [Fact]
    public async Task Repair_LeavesAloneWhatIsNotMissing_AndWhatIsRetired()
    {
        var node = Node(static kek => kek.MayLag = true, firstLags: true);
        for (int i = 0; i < 20; i++)
        {
            await node.EncryptAsync($"t{i}", "y");
        }

        _second.Failure = KekFailure.Unavailable;
        await node.EncryptAsync("late", "z");
        _second.Failure = null;
        int calls = _first.Unwraps + _second.Unwraps;
        Assert.Equal(1, await RepairedAsync(node));
        Assert.Equal(2, _first.Unwraps + _second.Unwraps - calls);

        // A KEK that is no longer the one that wraps, or is retired, gets nothing back that was dropped.
        var newer = new SwitchableKek("test:new");
        var operators = Add(new TestNode(node, kek: newer, configure: cc => cc.AddKekProvider(new ChoosingProvider([newer, _first, _second]))
            .UseKek(_first.Id, static kek => kek.MayLag = true).AlsoUseKek(_second.Id, static kek => kek.MayLag = true)));
        var keys = operators.Instance.Keys;
        await keys.RewrapAsync(new RewrapOptions(newer.Id));
        await keys.RetireKekAsync(_second.Id, "test");
        await keys.RewrapAsync(new RewrapOptions(newer.Id) { Phase = RewrapPhase.Drop, Force = true });
        await keys.RewrapAsync(new RewrapOptions(newer.Id) { From = _second.Id, Phase = RewrapPhase.Drop, Force = true });
        Assert.Equal(0, await RepairedAsync(operators));
        var key = (await keys.ListKeysAsync("late")).Single();
        Assert.Equal(["test:new"], (await keys.FindKeyAsync(key.KeyId))!.Wraps.Where(static wrap => !wrap.IsDropped).Select(static wrap => wrap.KekId));
    }

    [Fact]
    public async Task Repair_ThatAKekDenies_SaysSo()
    {
        var node = Node(static kek => kek.MayLag = true);
        await node.EncryptAsync("acme", "x");
        _second.Failure = KekFailure.Unavailable;
        for (int i = 0; i < 12; i++)
        {
            await node.EncryptAsync($"t{i}", "y");
        }

        _second.Failure = null;
        _first.Failure = KekFailure.Denied;
        Assert.Contains("12 keys got no wrap", (await Assert.ThrowsAsync<KeyStateException>(() => RepairedAsync(node))).Message, StringComparison.Ordinal);
        _first.Failure = null;

        // One that ten denials in a row have stopped waits for an operator.
        foreach (var job in (await node.Instance.Keys.ListJobsAsync()).Where(static job => job.State == JobState.Stopped))
        {
            Assert.Contains(job.JobId, (await Assert.ThrowsAsync<KeyStateException>(() => RepairedAsync(node))).Message, StringComparison.Ordinal);
            await node.Instance.Keys.ApproveJobAsync(job.JobId);
        }

        Assert.Equal(12, await RepairedAsync(node));
    }

    // SPEC-LIFE-7
    [Fact]
    public async Task Repair_ThatAnErrorEnded_GoesOnTheNextTime_AndTheAuditSaysWhy()
    {
        var node = Node(static kek => kek.MayLag = true);
        _second.Failure = KekFailure.Unavailable;
        await node.EncryptAsync("acme", "x");
        _second.Failure = null;

        // It is counted first, then moved.
        int reads = 0;
        node.Store.Pages = page => ++reads == 2 ? throw new InvalidOperationException("A text that may hold anything.") : page;
        await Assert.ThrowsAsync<InvalidOperationException>(() => RepairedAsync(node));
        Assert.Equal(JobState.Ready, Assert.Single(await node.Instance.Keys.ListJobsAsync()).State);
        var said = new List<string>();
        await foreach (var entry in node.Instance.Keys.ListAuditAsync())
        {
            said.Add($"{entry.Action} {entry.Detail}");
        }

        string stop = Assert.Single(said, static entry => entry.StartsWith("job.stop", StringComparison.Ordinal));
        Assert.EndsWith("; InvalidOperationException", stop, StringComparison.Ordinal);

        Assert.Equal(2, await RepairedAsync(node));
        Assert.Equal(JobState.Completed, Assert.Single(await node.Instance.Keys.ListJobsAsync()).State);
    }

    [Fact]
    public async Task Drop_ToTheKekBesideTheOther_DemandsANamedOne()
    {
        var node = Node();
        await node.EncryptAsync("acme", "x");
        await Assert.ThrowsAsync<KeyStateException>(() => node.Instance.Keys.RewrapAsync(new RewrapOptions(_second.Id) { Phase = RewrapPhase.Drop, Force = true }));
        await node.Instance.Keys.RewrapAsync(new RewrapOptions(_second.Id));
        await node.Instance.Keys.RewrapAsync(new RewrapOptions(_second.Id) { From = _first.Id, Phase = RewrapPhase.Drop, Force = true });
        var key = (await node.Instance.Keys.ListKeysAsync("acme")).Single();
        Assert.Equal([_second.Id], (await node.Instance.Keys.FindKeyAsync(key.KeyId))!.Wraps.Where(static wrap => !wrap.IsDropped).Select(static wrap => wrap.KekId));
    }

    [Fact]
    public void Configuration_OfSeveralKeks_NamesEveryMistake()
    {
        var error = Assert.Throws<EncryptionModelException>(() => ColumnCryptInstance.Create(cc => cc
            .AddKekProvider(new ChoosingProvider([_first, _second])).UseKek(_first.Id).AlsoUseKek(_first.Id).AllowKek(_second.Id, static kek => kek.MayLag = true)
            .UseKeyStore(static () => throw new InvalidOperationException())));
        Assert.Contains("AlsoUseKek names test:first", error.Message, StringComparison.Ordinal);
        Assert.Contains("MayLag is set for test:second", error.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _nodes.ForEach(static node => node.Dispose());

    private static async Task<IReadOnlyList<string>> WrapsAsync(TestNode node, string tenant)
    {
        var key = (await node.Instance.Keys.ListKeysAsync(tenant)).Single();
        return [.. (await node.Instance.Keys.FindKeyAsync(key.KeyId))!.Wraps.Where(static wrap => !wrap.IsDropped).Select(static wrap => wrap.KekId)];
    }

    private static async Task<long> RepairedAsync(TestNode node)
    {
        var repair = node.Instance.Keys.RepairWrapsAsync(1_000);
        await PassingTimeAsync(node, repair, TimeSpan.FromMilliseconds(10));
        return await repair;
    }

    private static Task PassingTimeAsync(TestNode node, Task task, TimeSpan step) => Waiting.UntilAsync(() =>
    {
        node.Time.Advance(step);
        return Task.FromResult(task.IsCompleted);
    });

    private TestNode Node(Action<KekOptions>? second = null, bool firstLags = false) => Add(new TestNode(kek: _first, configure: Configure(second, firstLags)));

    private TestNode Sibling(TestNode node, Action<KekOptions>? second = null) => Add(new TestNode(node, kek: _first, configure: Configure(second, firstLags: false)));

    // The first registration of a URI gives its options, and the node has named the first KEK already.
    private Action<ColumnCryptBuilder> Configure(Action<KekOptions>? second, bool firstLags) => cc =>
        cc.AddKekProvider(new ChoosingProvider([_first, _second])).UseKek(_first.Id, kek => kek.MayLag = firstLags).AlsoUseKek(_second.Id, second);

    private TestNode Add(TestNode node)
    {
        _nodes.Add(node);
        return node;
    }
}
