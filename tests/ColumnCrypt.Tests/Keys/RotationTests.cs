using ColumnCrypt.Format;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Tests.Keys;

// Must hold 7: rotation while readers run. SPEC-STATE-2 SPEC-WRAP-3 SPEC-WRAP-4
public sealed class RotationTests
{
    /// <summary>Rotates and lets the revocation bound pass, so that the new version is Active.</summary>
    internal static async Task RotateAsync(TestNode node, string tenant)
    {
        var published = await node.Instance.Keys.RotateAsync(tenant);
        node.Time.Advance(TimeSpan.FromSeconds(61));
        await Waiting.UntilAsync(async () =>
        {
            (await node.Instance.AcquireRingAsync(tenant, 0, default)).Dispose();
            node.Time.Advance(TimeSpan.FromSeconds(10));
            return (await node.Instance.Keys.ListKeysAsync(tenant)).Single(key => key.KeyId == published.KeyId).State == KeyState.Active;
        });
        await node.RefreshedAsync(tenant);
    }

    [Fact]
    public async Task Rotation_PublishesPreActive_AndActivatesAfterTheRevocationBound()
    {
        using var node = new TestNode();
        byte[] old = await node.EncryptAsync("acme", "old");
        var published = await node.Instance.Keys.RotateAsync("acme");
        Assert.Equal(KeyState.PreActive, published.State);
        Assert.Equal(2, published.Version);

        node.Time.Advance(TimeSpan.FromSeconds(59));
        byte[] before = await node.EncryptAsync("acme", "before");
        Assert.NotEqual(published.KeyId, ValueFrame.ReadKeyId(before, "p"));

        node.Time.Advance(TimeSpan.FromSeconds(11));
        await Waiting.UntilAsync(async () => ValueFrame.ReadKeyId(await node.EncryptAsync("acme", "after"), "p") == published.KeyId);
        Assert.Equal("old", await node.DecryptAsync("acme", old));
        Assert.Equal("before", await node.DecryptAsync("acme", before));
        Assert.Equal([KeyState.Deactivated, KeyState.Active], (await node.Instance.Keys.ListKeysAsync("acme")).Select(static key => key.State));
    }

    [Fact]
    public async Task Rotation_WhenAnotherNodeReads_NeedsNoSynchronousLoad()
    {
        using var writer = new TestNode();
        await writer.EncryptAsync("acme", "x");
        using var reader = new TestNode(writer);
        using var warm = await reader.Instance.AcquireRingAsync("acme", 0, default);
        await writer.Instance.Keys.RotateAsync("acme");
        writer.Time.Advance(TimeSpan.FromSeconds(10));
        await Waiting.UntilAsync(() => warm.Ring.State.Keys.Count == 2);
        await RotateAsync(writer, "acme");
        byte[] value = await writer.EncryptAsync("acme", "under the new key");
        int finds = reader.Store.Finds;

        Assert.Equal("under the new key", warm.Decrypt("patient.name", value, ValueCodecs.For<string>()));
        Assert.Equal(finds, reader.Store.Finds);
    }

    [Fact]
    public async Task Rotation_WhenPublishedTwice_IsOne()
    {
        using var node = new TestNode();
        await node.EncryptAsync("acme", "x");
        var first = await node.Instance.Keys.RotateAsync("acme");
        var second = await node.Instance.Keys.RotateAsync("acme");
        Assert.Equal(first.KeyId, second.KeyId);
        Assert.Equal(2, (await node.Instance.Keys.ListKeysAsync("acme")).Count);
    }

    [Fact]
    public async Task Rotation_ByManyNodesAtOnce_LeavesOneActiveKey()
    {
        using var first = new TestNode();
        await first.EncryptAsync("acme", "x");
        var nodes = Enumerable.Range(0, 8).Select(_ => new TestNode(first)).ToList();
        await Task.WhenAll(nodes.Select(node => node.Instance.Keys.RotateAsync("acme")));
        var keys = await first.Instance.Keys.ListKeysAsync("acme");
        Assert.Equal(1, keys.Count(static key => key.State == KeyState.Active));
        Assert.Equal(1, keys.Count(static key => key.State == KeyState.PreActive));
        nodes.ForEach(static node => node.Dispose());
    }

    [Fact]
    public async Task Rotation_OfATenantWithoutKeys_SaysWhatToDo()
    {
        using var node = new TestNode();
        await node.EncryptAsync("acme", "x");
        var error = await Assert.ThrowsAsync<KeyUnavailableException>(() => node.Instance.Keys.RotateAsync("nobody"));
        Assert.Contains("first write", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FirstKey_MadeByAnotherNode_IsLoadedByAReaderWhoMeetsIt()
    {
        using var writer = new TestNode();
        using var reader = new TestNode(writer);
        await writer.EncryptAsync("other", "makes the installation key");
        using var cold = await reader.Instance.AcquireRingAsync("acme", 0, default);
        byte[] value = await writer.EncryptAsync("acme", "x");
        Assert.Equal("x", cold.Decrypt("patient.name", value, ValueCodecs.For<string>()));
    }

    [Fact]
    public async Task FirstKey_MadeByManyNodesAtOnce_IsOne()
    {
        using var first = new TestNode();
        var nodes = Enumerable.Range(0, 20).Select(_ => new TestNode(first)).ToList();
        byte[][] values = await Task.WhenAll(nodes.Select((node, i) => node.EncryptAsync("acme", $"value {i}")));
        Assert.Single(await first.Instance.Keys.ListKeysAsync("acme"));
        for (int i = 0; i < values.Length; i++)
        {
            Assert.Equal($"value {i}", await nodes[(i + 7) % nodes.Count].DecryptAsync("acme", values[i]));
        }

        nodes.ForEach(static node => node.Dispose());
    }

    [Fact]
    public async Task Shred_DestroysTheKeysOfOneTenantAlone_OnEveryNode()
    {
        using var node = new TestNode();
        using var other = new TestNode(node);
        byte[] gone = await node.EncryptAsync("acme", "gone");
        byte[] kept = await node.EncryptAsync("beta", "kept");
        Assert.Equal("gone", await other.DecryptAsync("acme", gone));

        await node.Instance.Keys.ShredNowAsync("acme");

        await Assert.ThrowsAsync<TenantShreddedException>(() => node.DecryptAsync("acme", gone));
        await Assert.ThrowsAsync<TenantShreddedException>(() => node.EncryptAsync("acme", "again"));
        other.Time.Advance(TimeSpan.FromSeconds(61));
        await Assert.ThrowsAsync<TenantShreddedException>(() => other.DecryptAsync("acme", gone));
        Assert.Equal("kept", await other.DecryptAsync("beta", kept));
        Assert.All((await node.Tables.ReadTenantAsync("acme", default)).Keys, static key => Assert.Equal(KeyState.Destroyed, key.State));
        Assert.Empty((await node.Tables.ReadTenantAsync("acme", default)).Wraps);
        await Assert.ThrowsAsync<TenantShreddedException>(() => node.Instance.Keys.ShredNowAsync("acme"));
        await Assert.ThrowsAsync<TenantShreddedException>(() => node.Instance.Keys.RotateAsync("acme"));
    }

    [Fact]
    public async Task Shred_RacingFirstUseAndRotation_LeavesNoKeyAlive()
    {
        for (int round = 0; round < 200; round++)
        {
            using var node = new TestNode();
            using var other = new TestNode(node);
            await node.EncryptAsync("acme", "x");
            var racing = Task.WhenAll(
                Record.ExceptionAsync(() => other.Instance.Keys.RotateAsync("acme")).AsTask(),
                Record.ExceptionAsync(() => other.EncryptAsync("acme", "y")).AsTask());
            await node.Instance.Keys.ShredNowAsync("acme");
            await racing;
            var rows = await node.Tables.ReadTenantAsync("acme", default);
            Assert.All(rows.Keys, static key => Assert.Equal(KeyState.Destroyed, key.State));
            Assert.Empty(rows.Wraps);
        }
    }

    [Fact]
    public async Task Shred_StoppedAfterItsMark_GoesOnWhenCalledAgain()
    {
        using var node = new TestNode();
        byte[] value = await node.EncryptAsync("acme", "x");
        node.Store.ChangesLeft = 1;
        await Assert.ThrowsAsync<KeyUnavailableException>(() => node.Instance.Keys.ShredNowAsync("acme"));
        (node.Store.ChangesLeft, node.Store.Unreachable) = (int.MaxValue, false);
        await Assert.ThrowsAsync<TenantShreddedException>(() => node.DecryptAsync("acme", value));
        await node.Instance.Keys.ShredNowAsync("acme");
        Assert.Empty((await node.Tables.ReadTenantAsync("acme", default)).Wraps);
    }
}
