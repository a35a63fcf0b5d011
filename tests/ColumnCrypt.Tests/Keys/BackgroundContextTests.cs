using ColumnCrypt.Configuration;
using ColumnCrypt.Keys;
using ColumnCrypt.Store;
using ColumnCrypt.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.Tests.Keys;

// Must hold 8: nothing of one caller reaches another.
public sealed class BackgroundContextTests
{
    [Fact]
    public async Task BackgroundTimer_CarriesNoCallersContext()
    {
        var time = new FlowRecorder();
        using var instance = ColumnCryptInstance.Create(cc =>
        {
            var kek = new SwitchableKek();
            cc.AddKekProvider(kek).UseKek(kek.Id).UseKeyStore(() => new InMemoryKeyStore(time)).UseTimeProvider(time);
        });
        (await instance.AcquireRingAsync("acme", 1, default)).Dispose();
        Assert.Equal([true], time.PeriodicTimersWithoutFlow);
    }

    private sealed class FlowRecorder : TimeProvider
    {
        public List<bool> PeriodicTimersWithoutFlow { get; } = [];

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (period > TimeSpan.Zero)
            {
                PeriodicTimersWithoutFlow.Add(ExecutionContext.IsFlowSuppressed());
            }

            return base.CreateTimer(callback, state, dueTime, period);
        }
    }
}
