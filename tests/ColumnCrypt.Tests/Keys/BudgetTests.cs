using ColumnCrypt.Format;
using ColumnCrypt.Keys;
using ColumnCrypt.Metadata;
using ColumnCrypt.TestSupport;

namespace ColumnCrypt.Tests.Keys;

// SPEC-USE-1 SPEC-USE-3
public sealed class BudgetTests
{
    [Fact]
    public void Blocks_StartAt1024_DoubleTo2Pow20_AndCoverWhatIsWanted()
    {
        var budget = new UseBudget();
        long total = 0;
        for (int i = 10; i <= 22; i++)
        {
            long block = budget.NextBlock(1);
            Assert.Equal(1L << Math.Min(i, 20), block);
            total += block;
            budget.Add(block, total);
        }

        Assert.Equal(5_000_000, budget.NextBlock(5_000_000));
        Assert.Equal(total, budget.HighWater);
    }

    [Fact]
    public void Uses_TakenByManyThreads_NeverExceedTheBlock()
    {
        var budget = new UseBudget();
        budget.Add(10_000, 10_000);
        int taken = 0;
        Parallel.For(0, 8, _ =>
        {
            for (int i = 0; i < 5_000; i++)
            {
                if (budget.TryTake(1))
                {
                    Interlocked.Increment(ref taken);
                }
            }
        });
        Assert.Equal(10_000, taken);
        Assert.Equal(0, budget.Left);
    }

    [Fact]
    public async Task Reservation_IsWrittenBeforeAnyUse()
    {
        using var node = new TestNode();
        byte[] value = await node.EncryptAsync("acme", "x");
        var key = (await node.Tables.ReadTenantAsync("acme", default)).Keys.Single();
        Assert.Equal(1_024, key.ReservedUses);
        for (int i = 0; i < 2_000; i++)
        {
            await node.EncryptAsync("acme", "x");
        }

        Assert.InRange((await node.Tables.ReadTenantAsync("acme", default)).Keys.Single().ReservedUses, 2_001, 8_192);
        Assert.Equal("x", await node.DecryptAsync("acme", value));
    }

    [Fact]
    public async Task Key_AtItsRotationMark_IsRotatedByItself()
    {
        using var node = new TestNode(bounds: static bounds => (bounds.RotateAtUses, bounds.UseLimit) = (3_000, 1 << 20));
        await node.EncryptAsync("acme", "x");
        using (await node.Instance.AcquireRingAsync("acme", 4_000, default))
        {
            Assert.Equal([KeyState.Active, KeyState.PreActive], (await node.Instance.Keys.ListKeysAsync("acme")).Select(static key => key.State));
        }

        node.Time.Advance(TimeSpan.FromSeconds(61));
        await Waiting.UntilAsync(async () =>
        {
            (await node.Instance.AcquireRingAsync("acme", 0, default)).Dispose();
            node.Time.Advance(TimeSpan.FromSeconds(10));
            return (await node.Instance.Keys.ListKeysAsync("acme"))[1].State == KeyState.Active;
        });
    }

    [Fact]
    public async Task Reservation_WhenTheStoreIsUnreachable_FailsOnlyWhenNothingIsLeft()
    {
        using var node = new TestNode();
        await node.EncryptAsync("acme", "x");
        node.Store.Unreachable = true;
        for (int i = 1; i < 1_024; i++)
        {
            await node.EncryptAsync("acme", "x");
        }

        var error = await Assert.ThrowsAsync<KeyUnavailableException>(() => node.EncryptAsync("acme", "x"));
        Assert.True(error.IsTransient);
        node.Store.Unreachable = false;
        await node.EncryptAsync("acme", "x");
    }

    [Fact]
    public async Task Key_NearTheEndOfItsCryptoperiod_IsWarnedOf()
    {
        var log = new EventList();
        using var first = new TestNode();
        await first.EncryptAsync("acme", "x");
        await WarnedAsync(days: 328, expected: 0);
        await WarnedAsync(days: 1, expected: 1);

        async Task WarnedAsync(int days, int expected)
        {
            first.Time.Advance(TimeSpan.FromDays(days));
            using var node = new TestNode(first, configure: cc => cc.UseLoggerFactory(log));
            (await node.Instance.AcquireRingAsync("acme", 0, default)).Dispose();
            Assert.Equal(expected, log.Events.Count(static id => id.Id == 1017));
        }
    }

    [Fact]
    public async Task Key_AtItsLimit_NeverEncryptsAgain()
    {
        using var node = new TestNode(bounds: static bounds => (bounds.RotateAtUses, bounds.UseLimit) = (2_000, 4_096));
        byte[] first = await node.EncryptAsync("acme", "x");
        var ids = new HashSet<KeyId>();
        for (int i = 0; i < 20_000; i++)
        {
            ids.Add(ValueFrame.ReadKeyId(await node.EncryptAsync("acme", "x"), "p"));
        }

        Assert.InRange(ids.Count, 5, 40);
        Assert.All((await node.Tables.ReadTenantAsync("acme", default)).Keys.Where(static key => key.State == KeyState.Active), static key => Assert.InRange(key.ReservedUses, 0, 4_096));
        Assert.Equal("x", await node.DecryptAsync("acme", first));
    }

    [Fact]
    public async Task Block_ThatWouldPassTheLimit_IsRefusedOnAnyOneKey()
    {
        using var node = new TestNode(bounds: static bounds => (bounds.RotateAtUses, bounds.UseLimit) = (2_000, 4_096));
        await node.EncryptAsync("acme", "x");
        var error = await Assert.ThrowsAsync<KeyUnavailableException>(async () => await node.Instance.AcquireRingAsync("acme", 1_000_000, default));
        Assert.Equal(KeyUnavailableReason.Exhausted, error.Reason);
    }

    [Fact]
    public async Task Key_AtItsRotationMark_EncryptsOnWhileTheKekIsDown()
    {
        using var node = new TestNode(bounds: static bounds => (bounds.RotateAtUses, bounds.UseLimit) = (3_000, 1 << 20));
        await node.EncryptAsync("acme", "x");
        node.Kek.Failure = ColumnCrypt.Kek.KekFailure.Unavailable;
        (await node.Instance.AcquireRingAsync("acme", 4_000, default)).Dispose();
        node.Kek.Failure = null;
        (await node.Instance.AcquireRingAsync("acme", 9_000, default)).Dispose();
        Assert.Equal([KeyState.Active, KeyState.PreActive], (await node.Instance.Keys.ListKeysAsync("acme")).Select(static key => key.State));
    }
}
