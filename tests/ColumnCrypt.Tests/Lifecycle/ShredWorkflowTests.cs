using ColumnCrypt.Metadata;
using ColumnCrypt.Tests.Keys;

namespace ColumnCrypt.Tests.Lifecycle;

// SPEC-LIFE-3
public sealed class ShredWorkflowTests
{
    private const string Why = "contract ended";

    [Fact]
    public async Task Scheduled_IsUnreadable_AndCancelBringsEveryBitBack()
    {
        using var node = new TestNode();
        byte[] value = await node.EncryptAsync("acme", "x");
        byte[] other = await node.EncryptAsync("globex", "y");
        var before = await node.Tables.ReadTenantAsync("acme", default);

        var scheduled = await node.Instance.Keys.ScheduleShredAsync("acme", Why);
        Assert.Equal((TenantState.ShredScheduled, scheduled.ShredScheduledAt + TimeSpan.FromDays(7)), (scheduled.State, scheduled.ShredDueAt));
        Assert.Equal(KeyUnavailableReason.StateForbids, (await Assert.ThrowsAsync<KeyUnavailableException>(() => node.DecryptAsync("acme", value))).Reason);
        await Assert.ThrowsAsync<KeyUnavailableException>(() => node.EncryptAsync("acme", "z"));
        Assert.Equal("y", await node.DecryptAsync("globex", other));
        Assert.Empty(await node.Instance.Keys.ShredDueAsync());

        Assert.Equal(TenantState.Active, (await node.Instance.Keys.CancelShredAsync("acme", Why)).State);
        Assert.Equal("x", await node.DecryptAsync("acme", value));
        var after = await node.Tables.ReadTenantAsync("acme", default);
        Assert.Equal(before.Keys.Select(static key => Convert.ToHexString(key.Mac)), after.Keys.Select(static key => Convert.ToHexString(key.Mac)));
        Assert.Equal(before.Wraps.Select(static wrap => Convert.ToHexString(wrap.Wrapped!)), after.Wraps.Select(static wrap => Convert.ToHexString(wrap.Wrapped!)));
    }

    [Fact]
    public async Task Hold_VetoesDestruction_DueOrNow_UntilReleased()
    {
        using var node = new TestNode();
        byte[] value = await node.EncryptAsync("acme", "x");
        await node.Instance.Keys.ScheduleShredAsync("acme", Why, TimeSpan.FromDays(1));
        Assert.Equal("court order 7", (await node.Instance.Keys.HoldAsync("acme", "court order 7")).Hold);
        node.Time.Advance(TimeSpan.FromDays(2));
        Assert.Empty(await node.Instance.Keys.ShredDueAsync());
        await Assert.ThrowsAsync<KeyStateException>(() => node.Instance.Keys.ShredNowAsync("acme"));
        await Assert.ThrowsAsync<KeyStateException>(() => node.Instance.Keys.HoldAsync("acme", "again"));

        Assert.Null((await node.Instance.Keys.ReleaseAsync("acme", Why)).Hold);
        Assert.Equal(["acme"], await node.Instance.Keys.ShredDueAsync());
        await Assert.ThrowsAsync<TenantShreddedException>(() => node.DecryptAsync("acme", value));
        Assert.Empty(await node.Instance.Keys.ShredDueAsync());
    }

    [Fact]
    public async Task Shredded_IsATombstone_WhateverIsAskedOfIt()
    {
        using var node = new TestNode();
        await node.EncryptAsync("acme", "x");
        await node.Instance.Keys.ShredNowAsync("acme", default, Why);
        var keys = node.Instance.Keys;
        Assert.All((await node.Tables.Inventory.ReadKeysOfAsync("acme", default)).SelectMany(static key => key.Wraps), static wrap => Assert.Null(wrap.Wrapped));
        Func<Task>[] verbs =
        [
            () => keys.ScheduleShredAsync("acme", Why), () => keys.CancelShredAsync("acme", Why), () => keys.HoldAsync("acme", Why),
            () => keys.ReleaseAsync("acme", Why), () => keys.ShredNowAsync("acme"), () => keys.RotateAsync("acme"), () => node.EncryptAsync("acme", "y"),
        ];
        foreach (var verb in verbs)
        {
            await Assert.ThrowsAsync<TenantShreddedException>(verb);
        }
    }

    [Fact]
    public async Task DueShred_ThatStoppedBetweenMarkAndDestruction_GoesOn()
    {
        using var node = new TestNode();
        await node.EncryptAsync("acme", "x");
        await node.Instance.Keys.ScheduleShredAsync("acme", Why, TimeSpan.Zero);
        node.Store.ChangesLeft = 1;
        await Assert.ThrowsAsync<KeyUnavailableException>(() => node.Instance.Keys.ShredDueAsync());
        Assert.Equal(TenantState.Shredded, (await node.Tables.ReadTenantAsync("acme", default)).Tenant!.State);
        (node.Store.ChangesLeft, node.Store.Unreachable) = (int.MaxValue, false);
        Assert.Equal(["acme"], await node.Instance.Keys.ShredDueAsync());
        Assert.All((await node.Tables.ReadTenantAsync("acme", default)).Keys, static key => Assert.Equal(KeyState.Destroyed, key.State));
    }

    [Fact]
    public async Task Verbs_InTheWrongOrder_AreTypedErrors()
    {
        using var node = new TestNode();
        await node.EncryptAsync("acme", "x");
        await Assert.ThrowsAsync<KeyStateException>(() => node.Instance.Keys.CancelShredAsync("acme", Why));
        await Assert.ThrowsAsync<KeyStateException>(() => node.Instance.Keys.ReleaseAsync("acme", Why));
        await Assert.ThrowsAsync<KeyStateException>(() => node.Instance.Keys.ScheduleShredAsync("nobody", Why));
        await node.Instance.Keys.ScheduleShredAsync("acme", Why);
        await Assert.ThrowsAsync<KeyStateException>(() => node.Instance.Keys.ScheduleShredAsync("acme", Why));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => node.Instance.Keys.ScheduleShredAsync("acme", Why, TimeSpan.FromSeconds(-1)));
    }

    // Must hold 3: first use, rotation and rewrap racing a shred leave no key alive. COLUMNCRYPT_LONG=1: 1,000 rounds.
    [Fact]
    public async Task Races_WithFirstUseAndRotation_LeaveNoKeyAlive()
    {
        int rounds = Environment.GetEnvironmentVariable("COLUMNCRYPT_LONG") == "1" ? 1_000 : 300;
        using var first = new TestNode();
        using var second = new TestNode(first);
        await first.EncryptAsync("warm", "x");
        for (int round = 0; round < rounds; round++)
        {
            string tenant = $"t{round}";
            bool known = round % 2 == 0;
            if (known)
            {
                await first.EncryptAsync(tenant, "x");
            }

            var racing = new List<Task>
            {
                Swallow(() => second.EncryptAsync(tenant, "y")),
                Swallow(() => second.Instance.Keys.RotateAsync(tenant)),
                Swallow(() => second.Instance.Keys.RewrapAsync(new ColumnCrypt.Rewrap.RewrapOptions(first.Kek.Id))),
                Swallow(() => first.Instance.Keys.ShredNowAsync(tenant)),
            };
            await Task.WhenAll(racing);
            await Swallow(() => first.Instance.Keys.ShredNowAsync(tenant));
            var keys = await first.Tables.Inventory.ReadKeysOfAsync(tenant, default);
            Assert.All(keys, static key => Assert.Equal(KeyState.Destroyed, key.Key.State));
            Assert.All(keys.SelectMany(static key => key.Wraps), static wrap => Assert.Null(wrap.Wrapped));
        }

        static async Task Swallow(Func<Task> work)
        {
            try
            {
                await Task.Yield();
                await work();
            }
            catch (ColumnCryptException)
            {
                // Who loses the race gets a typed error.
            }
        }
    }
}
