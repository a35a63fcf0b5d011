using ColumnCrypt.Format;
using ColumnCrypt.Kek;
using ColumnCrypt.Keys;
using ColumnCrypt.Store;
using ColumnCrypt.TestSupport;

namespace ColumnCrypt.Tests.Keys;

// Must hold 6 and 7; PEERS 5, 7, 15. SPEC-STATE-3 SPEC-STATE-4
public sealed class CacheTests
{
    [Fact]
    public async Task KekCalls_ForManyValues_AreOnePerDek()
    {
        using var node = new TestNode();
        byte[] value = await node.EncryptAsync("acme", "x");
        int wraps = node.Kek.Wraps;
        int unwraps = node.Kek.Unwraps;
        using var lease = await node.Instance.AcquireRingAsync("acme", 100_000, default);
        for (int i = 0; i < 100_000; i++)
        {
            lease.Encrypt("p", i, ValueCodecs.For<int>());
        }

        for (int i = 0; i < 1_000; i++)
        {
            Assert.Equal("x", await node.DecryptAsync("acme", value));
        }

        Assert.Equal((wraps, unwraps), (node.Kek.Wraps, node.Kek.Unwraps));
        Assert.Equal(2, unwraps); // the installation key and the DEK
    }

    [Fact]
    public async Task ColdStart_OfATenant_IsOneQueryAndOneKekCallPerDek()
    {
        using var first = new TestNode();
        await first.EncryptAsync("acme", "x");
        await RotationTests.RotateAsync(first, "acme");
        await RotationTests.RotateAsync(first, "acme");
        using var node = new TestNode(first);
        await node.EncryptAsync("other", "warm: installation key and generation");
        int reads = node.Store.TenantReads;
        int unwraps = node.Kek.Unwraps;

        using var lease = await node.Instance.AcquireRingAsync("acme", 0, default);

        Assert.Equal(reads + 1, node.Store.TenantReads);
        Assert.Equal(unwraps + 3, node.Kek.Unwraps);
    }

    [Fact]
    public async Task FirstWrite_AddsOneUpdate()
    {
        using var first = new TestNode();
        await first.EncryptAsync("acme", "x");
        using var node = new TestNode(first);
        await node.EncryptAsync("acme", "y");
        Assert.Equal(1, node.Store.Reservations);
    }

    [Fact]
    public async Task Load_WhenManyWait_IsOneFlight()
    {
        using var first = new TestNode();
        byte[] value = await first.EncryptAsync("acme", "x");
        using var node = new TestNode(first);
        node.Store.Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var waiting = Enumerable.Range(0, 64).Select(_ => node.DecryptAsync("acme", value)).ToList();
        node.Store.Gate.SetResult();

        Assert.All(await Task.WhenAll(waiting), text => Assert.Equal("x", text));
        Assert.Equal(2, node.Store.TenantReads); // the installation key's and the tenant's
        Assert.Equal(2, node.Kek.Unwraps);
    }

    [Fact]
    public async Task Load_WhenOneWaiterCancels_GoesOnForTheOthers()
    {
        using var first = new TestNode();
        byte[] value = await first.EncryptAsync("acme", "x");
        using var node = new TestNode(first);
        node.Store.Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var cancellation = new CancellationTokenSource();
        var impatient = node.Instance.AcquireRingAsync("acme", 0, cancellation.Token).AsTask();
        var patient = node.DecryptAsync("acme", value);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);
        node.Store.Gate.SetResult();
        Assert.Equal("x", await patient);
    }

    [Fact]
    public async Task Unwraps_OfAWideRing_RunAtMost16AtOnce()
    {
        using var first = new TestNode();
        await first.EncryptAsync("acme", "x");
        for (int i = 0; i < 40; i++)
        {
            await RotationTests.RotateAsync(first, "acme");
        }

        using var node = new TestNode(first);
        (await node.Instance.AcquireRingAsync("nobody", 0, default)).Dispose();
        node.Kek.Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var loading = node.Instance.AcquireRingAsync("acme", 0, default).AsTask();
        await Waiting.UntilAsync(() => node.Kek.MostRunning >= 16);
        node.Kek.Gate.SetResult();
        (await loading).Dispose();
        Assert.Equal(16, node.Kek.MostRunning);
    }

    [Fact]
    public async Task KekDown_ServesFromTheCacheToTheStaleLimit_ThenFails_AndRecovers()
    {
        using var node = new TestNode();
        byte[] value = await node.EncryptAsync("acme", "x");
        node.Kek.Failure = KekFailure.Unavailable;
        for (int minute = 0; minute < 59; minute++)
        {
            node.Time.Advance(TimeSpan.FromMinutes(1));
            Assert.Equal("x", await node.DecryptAsync("acme", value));
            await node.EncryptAsync("acme", "still writing");
        }

        node.Time.Advance(TimeSpan.FromMinutes(1));
        var error = await Assert.ThrowsAsync<KeyUnavailableException>(() => node.DecryptAsync("acme", value));
        Assert.Equal(KeyUnavailableReason.Unavailable, error.Reason);
        Assert.True(error.IsTransient);

        node.Kek.Failure = null;
        Assert.Equal("x", await node.DecryptAsync("acme", value));
    }

    [Theory]
    [InlineData(KekFailure.Denied, KeyUnavailableReason.Denied)]
    [InlineData(KekFailure.Disabled, KeyUnavailableReason.Disabled)]
    [InlineData(KekFailure.Destroyed, KeyUnavailableReason.Destroyed)]
    public async Task KekRefusing_EvictsAtOnce(KekFailure failure, KeyUnavailableReason reason)
    {
        using var node = new TestNode();
        byte[] value = await node.EncryptAsync("acme", "x");
        using var held = await node.Instance.AcquireRingAsync("acme", 0, default);
        node.Kek.Failure = failure;
        node.Time.Advance(TimeSpan.FromMinutes(17));
        await node.RefreshedAsync("acme");

        Assert.Equal(reason, (await Assert.ThrowsAsync<KeyUnavailableException>(() => node.DecryptAsync("acme", value))).Reason);
        Assert.Throws<KeyUnavailableException>(() => held.Decrypt("patient.name", value, ValueCodecs.For<string>()));

        node.Kek.Failure = null;
        Assert.Equal("x", await node.DecryptAsync("acme", value));
    }

    [Fact]
    public async Task Refresh_RunsAheadOfNeed_AndNobodyWaitsForIt()
    {
        using var node = new TestNode();
        byte[] value = await node.EncryptAsync("acme", "x");
        node.Time.Advance(TimeSpan.FromMinutes(17));
        await node.Instance.AcquireRingAsync("other", 0, default); // reads the generation counter
        node.Kek.Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Assert.Equal("x", await node.DecryptAsync("acme", value));
        node.Kek.Gate.SetResult();
    }

    [Fact]
    public async Task StoreDown_ForTheRevocationBound_StopsCachedKeys()
    {
        using var node = new TestNode();
        byte[] value = await node.EncryptAsync("acme", "x");
        using var held = await node.Instance.AcquireRingAsync("acme", 0, default);
        node.Store.Unreachable = true;
        node.Time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal("x", await node.DecryptAsync("acme", value));

        node.Time.Advance(TimeSpan.FromSeconds(11));
        await Assert.ThrowsAsync<KeyUnavailableException>(() => node.DecryptAsync("acme", value));
        await Waiting.UntilAsync(() =>
        {
            // Another round of polling: one that was still under way let the last one pass.
            node.Time.Advance(TimeSpan.FromSeconds(10));
            return Fails(held);
        });

        node.Store.Unreachable = false;
        Assert.Equal("x", await node.DecryptAsync("acme", value));
        Assert.Equal("x", held.Decrypt("patient.name", value, ValueCodecs.For<string>()));

        bool Fails(KeyRingLease lease)
        {
            try
            {
                lease.Decrypt("patient.name", value, ValueCodecs.For<string>());
                return false;
            }
            catch (KeyUnavailableException)
            {
                return true;
            }
        }
    }

    [Fact]
    public async Task Eviction_NeverTakesAKeyFromUnderItsUser()
    {
        using var node = new TestNode(bounds: static bounds => bounds.IdleEviction = TimeSpan.FromSeconds(30));
        byte[] value = await node.EncryptAsync("acme", "x");
        var held = await node.Instance.AcquireRingAsync("acme", 1, default);
        for (int i = 0; i < 6; i++)
        {
            node.Time.Advance(TimeSpan.FromSeconds(10));
        }

        Assert.Equal(1, node.Instance.CachedKeys);
        Assert.Equal("x", held.Decrypt("patient.name", value, ValueCodecs.For<string>()));
        byte[] late = held.Encrypt("patient.name", "late", ValueCodecs.For<string>());
        Assert.Equal("late", await node.DecryptAsync("acme", late));

        held.Dispose();
        held.Dispose();
        await Waiting.UntilAsync(() =>
        {
            node.Time.Advance(TimeSpan.FromSeconds(10));
            return Record.Exception(() => held.Decrypt("patient.name", value, ValueCodecs.For<string>())) is ObjectDisposedException;
        });
        Assert.Equal(0, node.Instance.CachedKeys);
    }

    [Fact]
    public async Task Cache_BeyondItsBound_EvictsTheLeastRecentlyUsed()
    {
        using var node = new TestNode(bounds: static bounds => bounds.MaxCachedKeys = 10);
        for (int i = 0; i < 25; i++)
        {
            await node.EncryptAsync($"t{i}", "x");
            node.Time.Advance(TimeSpan.FromMilliseconds(10));
        }

        node.Time.Advance(TimeSpan.FromSeconds(10));
        await Waiting.UntilAsync(() => node.Instance.CachedKeys <= 10);
        int reads = node.Store.TenantReads;
        (await node.Instance.AcquireRingAsync("t0", 0, default)).Dispose();
        Assert.Equal(reads + 1, node.Store.TenantReads);
        (await node.Instance.AcquireRingAsync("t24", 0, default)).Dispose();
        Assert.Equal(reads + 1, node.Store.TenantReads);
    }

    [Fact]
    public async Task Instance_WhenDisposed_RefusesNewWorkAndZeroesItsKeys()
    {
        var node = new TestNode();
        await node.EncryptAsync("acme", "x");
        node.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await node.Instance.AcquireRingAsync("acme", 0, default));
    }

    [Fact]
    public async Task Stores_ByDelegate_KeepTheirKeysApart()
    {
        var kek = new SwitchableKek();
        var stores = new Dictionary<string, InMemoryKeyStore> { ["east"] = new(), ["west"] = new() };
        using var instance = ColumnCrypt.Configuration.ColumnCryptInstance.Create(cc => cc
            .AddKekProvider(kek).UseKek(kek.Id)
            .UseKeyStore(static tenant => tenant.StartsWith('e') ? "east" : "west", name => stores[name]));
        using var east = await instance.AcquireRingAsync("e1", 1, default);
        using var west = await instance.AcquireRingAsync("w1", 1, default);
        Assert.NotNull((await stores["east"].ReadTenantAsync("e1", default)).Tenant);
        Assert.Null((await stores["west"].ReadTenantAsync("e1", default)).Tenant);
        byte[] value = east.Encrypt("p", 1, ValueCodecs.For<int>());
        Assert.Throws<CiphertextInvalidException>(() => west.Decrypt("p", value, ValueCodecs.For<int>()));
    }
}
