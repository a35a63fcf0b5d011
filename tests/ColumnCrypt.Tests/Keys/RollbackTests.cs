using ColumnCrypt.Format;
using ColumnCrypt.Keys;
using ColumnCrypt.Metadata;
using ColumnCrypt.TestSupport;

namespace ColumnCrypt.Tests.Keys;

// Must hold 3; PEERS 20: key tables that were set back, in whole or in part.
// SPEC-ROW-4 SPEC-ROW-5 SPEC-USE-2
public sealed class RollbackTests
{
    [Fact]
    public async Task Write_WhenTheRotationAfterARollBackIsDropped_IsRefused()
    {
        using var node = new TestNode();
        byte[] before = await node.EncryptAsync("beta", "y");
        using var held = await RollBackAsync(node, "beta");
        node.Store.DropsChanges = true;

        await Assert.ThrowsAsync<KeyUnavailableException>(() => node.EncryptAsync("beta", "z"));

        node.Store.DropsChanges = false;
        byte[] after = await node.EncryptAsync("beta", "z");
        Assert.NotEqual(ValueFrame.ReadKeyId(before, "p"), ValueFrame.ReadKeyId(after, "p"));
    }

    [Fact]
    public async Task Write_UnderALeaseFromBeforeTheRollBack_TakesANewKey()
    {
        using var node = new TestNode();
        byte[] before = await node.EncryptAsync("beta", "y");
        using var held = await RollBackAsync(node, "beta");

        byte[] after = held.Encrypt("patient.name", "z", ValueCodecs.For<string>());

        // By now the old key is one that was deactivated just now; but this is no rotation that lets anybody finish.
        byte[] later = held.Encrypt("patient.name", "z", ValueCodecs.For<string>());

        Assert.NotEqual(ValueFrame.ReadKeyId(before, "p"), ValueFrame.ReadKeyId(after, "p"));
        Assert.Equal(ValueFrame.ReadKeyId(after, "p"), ValueFrame.ReadKeyId(later, "p"));
        Assert.Equal("z", await node.DecryptAsync("beta", after));
    }

    [Fact]
    public async Task Write_AfterARollBackIntoARotation_TakesNeitherTheOldNorThePublishedKey()
    {
        using var node = new TestNode();
        byte[] before = await node.EncryptAsync("beta", "y");
        var published = await node.Instance.Keys.RotateAsync("beta");
        using var held = await RollBackAsync(node, "beta");

        byte[] after = await node.EncryptAsync("beta", "z");

        Assert.NotEqual(ValueFrame.ReadKeyId(before, "p"), ValueFrame.ReadKeyId(after, "p"));
        Assert.NotEqual(published.KeyId, ValueFrame.ReadKeyId(after, "p"));
        Assert.Equal("y", await node.DecryptAsync("beta", before));
        byte[] later = await node.EncryptAsync("beta", "z");
        Assert.Equal(ValueFrame.ReadKeyId(after, "p"), ValueFrame.ReadKeyId(later, "p"));
    }

    [Fact]
    public async Task ReservedUses_SetBackWhileTheRingWasEvicted_GoOnFromThisNodesOwnMark()
    {
        using var node = new TestNode(bounds: static bounds => bounds.IdleEviction = TimeSpan.FromSeconds(30));
        await node.EncryptAsync("acme", "x");
        (await node.Instance.AcquireRingAsync("acme", 5_000, default)).Dispose();
        long before = (await node.Tables.ReadTenantAsync("acme", default)).Keys.Single().ReservedUses;
        node.Time.Advance(TimeSpan.FromSeconds(61));
        await Waiting.UntilAsync(() =>
        {
            node.Time.Advance(TimeSpan.FromSeconds(10));
            return node.Instance.CachedKeys == 0;
        });
        node.Store.Rows = (_, rows) => rows with { Keys = [.. rows.Keys.Select(static key => key with { ReservedUses = 0 })] };
        node.Store.Reserved = total => total - before;

        (await node.Instance.AcquireRingAsync("acme", 1, default)).Dispose();

        Assert.Equal(before + 1_024 + before, (await node.Tables.ReadTenantAsync("acme", default)).Keys.Single().ReservedUses);
    }

    [Theory]
    [InlineData(long.MinValue)]
    [InlineData(-1)]
    public async Task ReservedUses_BelowZero_AreRefusedWithATypedError(long total)
    {
        using var node = new TestNode();
        await node.EncryptAsync("acme", "x");
        node.Store.Reserved = _ => total;
        var error = await Assert.ThrowsAsync<KeyUnavailableException>(async () => await node.Instance.AcquireRingAsync("acme", 5_000, default));
        Assert.Equal(KeyUnavailableReason.Tampered, error.Reason);
    }

    [Fact]
    public async Task Rows_DeletedAfterThisNodeSawThem_AreRefused()
    {
        using var first = new TestNode();
        byte[] value = await first.EncryptAsync("acme", "x");
        using var node = new TestNode(first, bounds: static bounds => bounds.IdleEviction = TimeSpan.FromSeconds(30));
        await node.DecryptAsync("acme", value);
        await Waiting.UntilAsync(() =>
        {
            node.Time.Advance(TimeSpan.FromSeconds(10));
            return node.Instance.CachedKeys == 0;
        });
        node.Store.Rows = static (tenant, rows) => tenant == "acme" ? rows with { Keys = [], Wraps = [] } : rows;
        await AssertTamperedAsync(() => node.EncryptAsync("acme", "y"));
        node.Store.Rows = static (tenant, rows) => tenant == "acme" ? new TenantKeys(null, [], []) : rows;
        await AssertTamperedAsync(() => node.EncryptAsync("acme", "y"));
        await AssertTamperedAsync(() => node.DecryptAsync("acme", value));
        node.Store.Rows = static (_, rows) => rows;
        Assert.Equal("x", await node.DecryptAsync("acme", value));
    }

    [Fact]
    public async Task KeyRow_OfAnEarlierActiveKeyPutBackBesideTheActiveOne_IsRefused()
    {
        using var first = new TestNode();
        await first.EncryptAsync("acme", "x");
        var old = (await first.Tables.ReadTenantAsync("acme", default)).Keys.Single();
        await RotationTests.RotateAsync(first, "acme");
        using var node = new TestNode(first);
        node.Store.Rows = (tenant, rows) => tenant == "acme" ? rows with { Keys = [old, .. rows.Keys.Where(key => key.KeyId != old.KeyId)] } : rows;
        await AssertTamperedAsync(() => node.EncryptAsync("acme", "y"));
    }

    private static async Task<KeyRingLease> RollBackAsync(TestNode node, string tenant)
    {
        await node.EncryptAsync("acme", "x");
        await node.Instance.Keys.RotateAsync("acme");
        var held = await node.Instance.AcquireRingAsync(tenant, 3, default);
        node.Store.Generation = static _ => 0;
        node.Time.Advance(TimeSpan.FromSeconds(10));
        await Waiting.UntilAsync(() => held.Ring.Session.MustRotate(tenant));
        return held;
    }

    private static async Task AssertTamperedAsync(Func<Task> use) =>
        Assert.Equal(KeyUnavailableReason.Tampered, (await Assert.ThrowsAsync<KeyUnavailableException>(use)).Reason);
}
