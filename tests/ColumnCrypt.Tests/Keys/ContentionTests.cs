using ColumnCrypt.Configuration;
using ColumnCrypt.Keys;
using ColumnCrypt.Store;
using ColumnCrypt.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.Tests.Keys;

// Must hold 4 and 7; PEERS 15.
public sealed class ContentionTests
{
    [Fact]
    public async Task Reservations_OfManySizesAtOnce_AllSucceed()
    {
        using var node = new TestNode();
        await node.EncryptAsync("acme", "x");
        var leases = await Task.WhenAll(Enumerable.Range(1, 64).Select(i => node.Instance.AcquireRingAsync("acme", 2_000 * i, default).AsTask()));
        Assert.All(leases, static lease => lease.Dispose());
    }

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
