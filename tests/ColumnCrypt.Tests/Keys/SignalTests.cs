using ColumnCrypt.Diagnostics;
using ColumnCrypt.Keys;
using ColumnCrypt.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.Tests.Keys;

// Issue 3, propagation: a store's signal is a hint that the generation counter be read now; the clock stands still
public sealed class SignalTests
{
    private readonly HandSignal _signal = new();
    private readonly EventList _events = new();

    [Fact]
    public async Task Signal_AfterAStateChange_BringsItWithoutAPoll()
    {
        using var first = new TestNode();
        byte[] value = await first.EncryptAsync("acme", "x");
        using var node = await StartAsync(first);
        await first.Instance.Keys.ShredNowAsync("acme");

        Assert.Equal("x", await node.DecryptAsync("acme", value));
        _signal.Raise();

        await Waiting.UntilAsync(() => IsShreddedAsync(node, value));
    }

    [Fact]
    public async Task Signal_WhileAReadingFromBeforeTheChangeIsUnderWay_IsReadAgain()
    {
        using var first = new TestNode();
        byte[] value = await first.EncryptAsync("acme", "x");
        using var node = await StartAsync(first);
        using var release = new ManualResetEventSlim();
        int reads = 0;
        node.Store.Generation = read =>
        {
            Interlocked.Increment(ref reads);
            release.Wait();
            return read;
        };
        _signal.Raise();
        await Waiting.UntilAsync(() => Volatile.Read(ref reads) == 1);
        await first.Instance.Keys.ShredNowAsync("acme");

        _signal.Raise();
        _signal.Raise();
        _signal.Raise();
        release.Set();

        await Waiting.UntilAsync(() => IsShreddedAsync(node, value));
        Assert.Equal(2, Volatile.Read(ref reads));
    }

    [Fact]
    public async Task LostSignal_IsSoughtAgainAfterLongerAndLongerTimes_AndLoggedOnce()
    {
        var time = new ManualTimeProvider();
        using var listener = new SignalListener(_signal, static () => Task.CompletedTask, time, _events);
        _signal.Fails = true;
        listener.Start();
        foreach (double seconds in (double[])[1, 2, 4, 8, 16, 32, 60, 60])
        {
            await time.WaitForTimersAsync(1);
            int attempts = _signal.Attempts;
            time.Advance(TimeSpan.FromSeconds(seconds * 0.74));
            Assert.Equal((attempts, 1), (_signal.Attempts, time.ActiveTimers));
            _signal.Fails = _signal.Attempts < 8;
            while (_signal.Attempts == attempts)
            {
                time.Advance(TimeSpan.FromMilliseconds(1));
                await Task.Yield();
            }
        }

        await Waiting.UntilAsync(() => _signal.IsListening);
        Assert.Equal([ColumnCryptEventId.ListenerLost, ColumnCryptEventId.ListenerBack], _events.Events);
    }

    [Fact]
    public async Task LostSignal_ThatIsBack_IsLoggedWhenItIsLostAgain()
    {
        var time = new ManualTimeProvider();
        using var listener = new SignalListener(_signal, static () => Task.CompletedTask, time, _events);
        listener.Start();
        for (int i = 1; i <= 2; i++)
        {
            await Waiting.UntilAsync(() => _signal.IsListening);
            time.Advance(TimeSpan.FromMinutes(1));
            _signal.Lose();
            await time.WaitForTimersAsync(1);
            time.Advance(TimeSpan.FromSeconds(1.25));
            await Waiting.UntilAsync(() => _signal.Attempts == i + 1);
        }

        await Waiting.UntilAsync(() => _signal.IsListening);
        Assert.Equal([ColumnCryptEventId.ListenerLost, ColumnCryptEventId.ListenerBack, ColumnCryptEventId.ListenerLost, ColumnCryptEventId.ListenerBack], _events.Events);
    }

    [Fact]
    public async Task LostSignal_LeavesPollingAsItWas()
    {
        using var first = new TestNode();
        byte[] value = await first.EncryptAsync("acme", "x");
        using var node = await StartAsync(first);
        _signal.Fails = true;
        _signal.Lose();
        await first.Instance.Keys.ShredNowAsync("acme");

        // A round that began before the shred may still be under way: it is the next one that sees it.
        await Waiting.UntilAsync(() =>
        {
            node.Time.Advance(TimeSpan.FromSeconds(10));
            return IsShreddedAsync(node, value);
        });
    }

    [Fact]
    public async Task Dispose_EndsTheListening()
    {
        using var first = new TestNode();
        await first.EncryptAsync("acme", "x");
        (await StartAsync(first)).Dispose();

        await Waiting.UntilAsync(() => _signal.Ended == 1);
        Assert.DoesNotContain(ColumnCryptEventId.ListenerLost, _events.Events);
        Assert.Equal(1, _signal.Attempts);
    }

    /// <summary>A node that listens and holds the ring of <c>acme</c>.</summary>
    private async Task<TestNode> StartAsync(TestNode first)
    {
        var node = new TestNode(first, configure: cc => cc.UseLoggerFactory(_events));
        node.Store.Signal = _signal;
        await node.EncryptAsync("acme", "y");
        await Waiting.UntilAsync(() => _signal.IsListening);
        return node;
    }

    private static async Task<bool> IsShreddedAsync(TestNode node, byte[] value)
    {
        try
        {
            await node.DecryptAsync("acme", value);
            return false;
        }
        catch (TenantShreddedException)
        {
            return true;
        }
    }
}
