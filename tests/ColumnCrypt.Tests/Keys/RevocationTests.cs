using System.Diagnostics;
using ColumnCrypt.Configuration;
using ColumnCrypt.Format;
using ColumnCrypt.Kek;
using ColumnCrypt.Keys;
using ColumnCrypt.Store;
using ColumnCrypt.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.Tests.Keys;

// Must hold 6 and 7: a state change is in force on every node within the revocation bound, whatever the node is busy with.
// SPEC-STATE-3 SPEC-STATE-4
public sealed class RevocationTests
{
    [Fact]
    public async Task StateChange_WhileARingIsLoaded_IsNotMissed()
    {
        using var first = new TestNode();
        byte[] value = await first.EncryptAsync("acme", "x");
        using var node = new TestNode(first, bounds: static bounds => bounds.KekTimeout = TimeSpan.FromDays(10));
        using var warm = await node.Instance.AcquireRingAsync("other", 1, default);
        int polls = 0;
        node.Store.Generation = read =>
        {
            Interlocked.Increment(ref polls);
            return read;
        };
        int unwraps = node.Kek.Unwraps;
        node.Kek.Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var loading = node.Instance.AcquireRingAsync("acme", 0, default).AsTask();
        await Waiting.UntilAsync(() => node.Kek.Unwraps > unwraps);
        await first.Instance.Keys.ShredNowAsync("acme");
        for (int i = 1; i <= 2; i++)
        {
            await Waiting.UntilAsync(() =>
            {
                node.Time.Advance(TimeSpan.FromSeconds(10));
                return Volatile.Read(ref polls) >= i;
            });
        }

        node.Kek.Gate.SetResult();
        using var lease = await loading;

        Assert.Throws<TenantShreddedException>(() => lease.Decrypt("patient.name", value, ValueCodecs.For<string>()));
        await Assert.ThrowsAsync<TenantShreddedException>(() => node.DecryptAsync("acme", value));
    }

    [Fact]
    public async Task StateChange_AfterARingWasIdle_ReachesTheLeaseThatIsStillHeld()
    {
        using var first = new TestNode();
        byte[] value = await first.EncryptAsync("acme", "x");
        using var node = new TestNode(first, bounds: static bounds => bounds.IdleEviction = TimeSpan.FromSeconds(30));
        using var held = await node.Instance.AcquireRingAsync("acme", 0, default);
        using var warm = await node.Instance.AcquireRingAsync("other", 1, default);
        int polls = 0;
        node.Store.Generation = read =>
        {
            Interlocked.Increment(ref polls);
            return read;
        };
        await AdvanceAsync(6);
        Assert.Equal("x", held.Decrypt("patient.name", value, ValueCodecs.For<string>()));

        await first.Instance.Keys.ShredNowAsync("acme");
        await AdvanceAsync(6);

        Assert.Throws<TenantShreddedException>(() => held.Decrypt("patient.name", value, ValueCodecs.For<string>()));

        async Task AdvanceAsync(int rounds)
        {
            for (int i = 0; i < rounds; i++)
            {
                (await node.Instance.AcquireRingAsync("other", 0, default)).Dispose();
                int before = Volatile.Read(ref polls);
                await Waiting.UntilAsync(() =>
                {
                    node.Time.Advance(TimeSpan.FromSeconds(10));
                    return Volatile.Read(ref polls) > before;
                });
            }
        }
    }

    [Fact]
    public async Task KekDown_WhileAnotherNodeRotates_CutsNobodyOff()
    {
        using var first = new TestNode();
        byte[] acme = await first.EncryptAsync("acme", "x");
        byte[] beta = await first.EncryptAsync("beta", "y");
        using var node = new TestNode(first);
        await node.DecryptAsync("acme", acme);
        await node.DecryptAsync("beta", beta);
        node.Kek.Failure = KekFailure.Unavailable;
        await first.Instance.Keys.RotateAsync("acme");
        node.Time.Advance(TimeSpan.FromSeconds(71));

        Assert.Equal("y", await node.DecryptAsync("beta", beta));
        Assert.Equal("x", await node.DecryptAsync("acme", acme));

        await first.Instance.Keys.ShredNowAsync("acme");
        node.Time.Advance(TimeSpan.FromSeconds(71));
        await Assert.ThrowsAsync<TenantShreddedException>(() => node.DecryptAsync("acme", acme));
        Assert.Equal("y", await node.DecryptAsync("beta", beta));
    }

    // On the real clock: the KEKs of many tenants hang, and each of them has a key that this node has not yet.
    [Fact]
    public async Task KeksThatHang_WhileTheirTenantsRotate_HoldUpNoOtherTenant()
    {
        const int Hanging = 10;
        var tables = new InMemoryKeyStore(TimeProvider.System);
        var shared = new SwitchableKek("test:app");
        SwitchableKek[] own = [.. Enumerable.Range(0, Hanging).Select(static i => new SwitchableKek($"test:own{i}") { Capabilities = KekCapabilities.Remote })];
        SwitchableKek[] twins = [.. own.Select(static kek => kek.Twin())];
        using var first = Start(tables, [shared, .. own]);
        using var node = Start(tables, [shared.Twin(), .. twins]);
        await first.Keys.InitAsync();
        byte[] value = await EncryptAsync(node, "other");
        for (int i = 0; i < Hanging; i++)
        {
            await first.Keys.SetTenantKekAsync($"t{i}", own[i].Id, "its own");
            await EncryptAsync(node, $"t{i}");
        }

        Array.ForEach(twins, static kek => kek.Gate = new TaskCompletionSource());
        for (int i = 0; i < Hanging; i++)
        {
            await first.Keys.RotateAsync($"t{i}");
        }

        var longest = TimeSpan.Zero;
        long begun = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(begun) < TimeSpan.FromSeconds(5))
        {
            long start = Stopwatch.GetTimestamp();
            using (var lease = await node.AcquireRingAsync("other", 0, default))
            {
                Assert.Equal("x", lease.Decrypt("patient.name", value, ValueCodecs.For<string>()));
            }

            longest = TimeSpan.FromTicks(Math.Max(longest.Ticks, Stopwatch.GetElapsedTime(start).Ticks));
            await Task.Delay(20);
        }

        Assert.InRange(longest, TimeSpan.Zero, TimeSpan.FromSeconds(1.5));

        static ColumnCryptInstance Start(IKeyStore tables, SwitchableKek[] keks) => ColumnCryptInstance.Create(cc =>
        {
            cc.AddKekProvider(new ChoosingProvider(keks)).UseKek("test:app").UseKeyStore(() => tables)
                .UseTenantKeks(static (_, options) => options.Resilience.AttemptTimeout = TimeSpan.FromMilliseconds(800));
            (cc.Bounds.KekTimeout, cc.Bounds.RevocationBound, cc.Bounds.PollInterval) = (TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(1));
        });

        static async Task<byte[]> EncryptAsync(ColumnCryptInstance node, string tenant)
        {
            using var lease = await node.AcquireRingAsync(tenant, 1, default);
            return lease.Encrypt("patient.name", "x", ValueCodecs.For<string>());
        }
    }

    [Fact]
    public async Task StateChange_OfATenantThatHadARowAndNoKey_ReachesItsFirstLease()
    {
        var own = new SwitchableKek("test:own");
        var shared = new SwitchableKek();
        using var first = new TestNode(kek: shared, configure: cc => Allow(cc, shared, own));
        using var node = new TestNode(first, kek: shared.Twin(), configure: cc => Allow(cc, shared.Twin(), own.Twin()));
        await first.Instance.Keys.InitAsync();
        await first.Instance.Keys.SetTenantKekAsync("acme", own.Id, "its own");
        using var lease = await node.Instance.AcquireRingAsync("acme", 5, default);
        byte[] value = lease.Encrypt("patient.name", "x", ValueCodecs.For<string>());

        await first.Instance.Keys.SuspendAsync((await first.Instance.Keys.ListKeysAsync("acme")).Single().KeyId, "found");
        node.Time.Advance(TimeSpan.FromSeconds(71));
        (await node.Instance.AcquireRingAsync("other", 1, default)).Dispose();

        Assert.Throws<KeyUnavailableException>(() => lease.Decrypt("patient.name", value, ValueCodecs.For<string>()));
        Assert.Throws<KeyUnavailableException>(() => lease.Encrypt("patient.name", "y", ValueCodecs.For<string>()));

        static void Allow(ColumnCryptBuilder builder, SwitchableKek shared, SwitchableKek own) =>
            builder.AddKekProvider(new ChoosingProvider([shared, own])).UseTenantKeks(static (_, _) => { });
    }

    [Fact]
    public async Task Generation_WhenSetBelowZero_DoesNotHideAStateChange()
    {
        using var first = new TestNode();
        byte[] value = await first.EncryptAsync("acme", "x");
        using var node = new TestNode(first);
        node.Store.Generation = static read => read - 100;
        await Record.ExceptionAsync(() => node.DecryptAsync("acme", value));
        await first.Instance.Keys.ShredNowAsync("acme");
        node.Time.Advance(TimeSpan.FromSeconds(71));
        await Assert.ThrowsAnyAsync<ColumnCryptException>(() => node.DecryptAsync("acme", value));
    }

    [Fact]
    public async Task Key_WithdrawnWhileItIsAboutToBeUsed_IsATypedError()
    {
        using var node = new TestNode();
        byte[] value = await node.EncryptAsync("acme", "x");
        using var held = await node.Instance.AcquireRingAsync("acme", 2, default);
        held.Ring.State.Active!.Key!.Close();

        Assert.Throws<KeyUnavailableException>(() => held.Decrypt("another.purpose", value, ValueCodecs.For<string>()));
        Assert.Throws<KeyUnavailableException>(() => held.Encrypt("another.purpose", "y", ValueCodecs.For<string>()));
    }
}
