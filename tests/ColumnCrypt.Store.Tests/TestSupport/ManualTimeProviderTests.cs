using ColumnCrypt.TestSupport;
using Xunit;

namespace ColumnCrypt.Store.Tests.TestSupport;

public sealed class ManualTimeProviderTests
{
    [Fact]
    public async Task Advance_PastADelay_CompletesIt()
    {
        var time = new ManualTimeProvider();
        var before = time.GetTimestamp();
        var delay = Task.Delay(TimeSpan.FromSeconds(5), time);
        await time.WaitForTimersAsync(1);
        time.Advance(TimeSpan.FromSeconds(4.999));
        Assert.False(delay.IsCompleted);
        time.Advance(TimeSpan.FromMilliseconds(1));
        await delay;
        Assert.Equal(TimeSpan.FromSeconds(5), time.GetElapsedTime(before));
        Assert.Equal(0, time.ActiveTimers);
    }

    [Fact]
    public void Advance_OverSeveralTimers_CallsThemInOrderAtTheirTime()
    {
        var time = new ManualTimeProvider();
        var start = time.GetUtcNow();
        var calls = new List<(string, TimeSpan)>();
        using var late = time.CreateTimer(_ => calls.Add(("late", time.GetUtcNow() - start)), null, TimeSpan.FromSeconds(3), Timeout.InfiniteTimeSpan);
        using var often = time.CreateTimer(_ => calls.Add(("often", time.GetUtcNow() - start)), null, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2));
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal([("often", TimeSpan.FromSeconds(2)), ("late", TimeSpan.FromSeconds(3)), ("often", TimeSpan.FromSeconds(4))], calls);
        often.Dispose();
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(3, calls.Count);
    }
}
