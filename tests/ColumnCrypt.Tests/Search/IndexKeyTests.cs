using ColumnCrypt.Format;
using ColumnCrypt.Keys;
using ColumnCrypt.Metadata;
using ColumnCrypt.Search;
using ColumnCrypt.TestSupport;
using ColumnCrypt.Tests.Keys;

namespace ColumnCrypt.Tests.Search;

// SPEC-IDX-6 SPEC-IDX-7
public sealed class IndexKeyTests
{
    private static readonly IndexDefinition s_ssn = new("patient.ssn", "eq");
    private static readonly IndexVersions s_write = new([1], []);
    private static readonly IndexVersions s_query = new([], [1]);
    private static readonly ValueCodec<string> s_text = ValueCodecs.For<string>();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Write_WhenTheTenantHasNoIndexKey_MakesOneOfThatVersion()
    {
        using var node = new TestNode();
        byte[] value = await WriteAsync(node, "a", "123");

        var keys = await IndexKeysAsync(node, "a");
        Assert.Equal((1, KeyState.Active), (keys.Single().Version, keys.Single().State));
        Assert.Equal(value, await QueryAsync(node, "a", "123"));
        Assert.NotEqual(value, await QueryAsync(node, "a", "124"));
    }

    [Fact]
    public async Task Query_WhenTheTenantHasNoIndexKey_GivesRandomAndWritesNothing()
    {
        using var node = new TestNode();
        await node.EncryptAsync("known", "x");
        foreach (string tenant in new[] { "known", "unknown" })
        {
            using var loads = new SynchronousLoads(node.Name);
            using var lease = await node.Instance.AcquireRingAsync(tenant, 0, s_query, Token);
            byte[] first = lease.Index(s_ssn, "123", s_text, IndexUse.Query)!;
            Assert.Equal(32, first.Length);
            Assert.NotEqual(first, lease.Index(s_ssn, "123", s_text, IndexUse.Query));
            Assert.Equal(0, loads.Count);
            Assert.Empty(await IndexKeysAsync(node, tenant));
        }

        Assert.Null((await node.Tables.ReadTenantAsync("unknown", Token)).Tenant);
    }

    [Fact]
    public async Task Query_WhenAnotherNodeHasJustMadeTheKey_FindsWhatItWrote()
    {
        using var writer = new TestNode();
        using var reader = new TestNode(writer);
        await writer.EncryptAsync("a", "x");
        Assert.Equal("x", await reader.DecryptAsync("a", await writer.EncryptAsync("a", "x")));
        _ = await QueryAsync(reader, "a", "123");

        byte[] value = await WriteAsync(writer, "a", "123");
        Assert.Equal(value, await QueryAsync(reader, "a", "123"));
    }

    [Fact]
    public async Task Index_WhenTheLeaseWasNotPreparedForIt_BlocksOnceAndIsCounted()
    {
        using var node = new TestNode();
        using var loads = new SynchronousLoads(node.Name);
        using (var lease = await node.Instance.AcquireRingAsync("a", 0, Token))
        {
            _ = lease.Index(s_ssn, "123", s_text, IndexUse.Query);
            Assert.Empty(await IndexKeysAsync(node, "a"));
            byte[]? value = lease.Index(s_ssn, "123", s_text, IndexUse.Write);
            Assert.Equal(value, lease.Index(s_ssn, "123", s_text, IndexUse.Query));
        }

        Assert.Equal(2, loads.Count);
        Assert.Single(await IndexKeysAsync(node, "a"));
        Assert.Equal("x", await node.DecryptAsync("a", await node.EncryptAsync("a", "x")));
    }

    [Fact]
    public async Task Write_WhenManyNodesRace_MakesOneKey()
    {
        using var first = new TestNode();
        using var second = new TestNode(first);
        var values = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Run(() => WriteAsync(i % 2 == 0 ? first : second, "a", "123"), Token)));

        Assert.Single(values.Select(Convert.ToHexString).Distinct());
        Assert.Single(await IndexKeysAsync(first, "a"));
    }

    [Fact]
    public async Task Acquire_WhenSeveralVersionsAreWritten_MakesEach()
    {
        using var node = new TestNode();
        using var lease = await node.Instance.AcquireRingAsync("a", 1, new IndexVersions([1, 3], []), Token);
        byte[]? one = lease.Index(s_ssn, "123", s_text, IndexUse.Write);
        byte[]? three = lease.Index(s_ssn.WithVersion(3), "123", s_text, IndexUse.Write);

        Assert.NotEqual(one, three);
        Assert.Equal([1, 3], (await IndexKeysAsync(node, "a")).Select(static key => key.Version));
    }

    [Fact]
    public async Task Rotation_WhenTheDataKeyIsReplaced_LeavesIndexKeysAsTheyAre()
    {
        using var node = new TestNode();
        byte[] value = await WriteAsync(node, "a", "123");
        var before = (await IndexKeysAsync(node, "a")).Single();
        await node.Instance.Keys.RotateAsync("a", cancellationToken: Token);
        node.Time.Advance(TimeSpan.FromMinutes(2));
        await node.RefreshedAsync("a");

        Assert.Equal(before.KeyId, (await IndexKeysAsync(node, "a")).Single().KeyId);
        Assert.Equal(KeyState.Active, (await IndexKeysAsync(node, "a")).Single().State);
        Assert.Equal(value, await QueryAsync(node, "a", "123"));
    }

    [Fact]
    public async Task Index_WhenTheKeyIsSuspended_IsRefusedForBothUses()
    {
        using var node = new TestNode();
        byte[] value = await WriteAsync(node, "a", "123");
        var key = (await IndexKeysAsync(node, "a")).Single();
        await node.Instance.Keys.SuspendAsync(key.KeyId, "test", Token);

        foreach (var use in Enum.GetValues<IndexUse>())
        {
            using var lease = await node.Instance.AcquireRingAsync("a", 0, s_query, Token);
            var error = Assert.Throws<KeyUnavailableException>(() => lease.Index(s_ssn, "123", s_text, use));
            Assert.Equal(KeyUnavailableReason.StateForbids, error.Reason);
        }

        await node.Instance.Keys.ResumeAsync(key.KeyId, "test", Token);
        Assert.Equal(value, await QueryAsync(node, "a", "123"));
    }

    [Fact]
    public async Task Index_WhenTheTenantIsScheduledOrShredded_IsRefused()
    {
        using var node = new TestNode();
        await WriteAsync(node, "a", "123");
        await node.Instance.Keys.ScheduleShredAsync("a", "test", cancellationToken: Token);
        using (var lease = await node.Instance.AcquireRingAsync("a", 0, s_query, Token))
        {
            Assert.Throws<KeyUnavailableException>(() => lease.Index(s_ssn, "123", s_text, IndexUse.Query));
        }

        await node.Instance.Keys.ShredNowAsync("a", Token, "test");
        using (var lease = await node.Instance.AcquireRingAsync("a", 0, s_query, Token))
        {
            Assert.Throws<TenantShreddedException>(() => lease.Index(s_ssn, "123", s_text, IndexUse.Query));
        }

        Assert.Equal(KeyState.Destroyed, (await IndexKeysAsync(node, "a")).Single().State);
        await Assert.ThrowsAsync<TenantShreddedException>(async () => await WriteAsync(node, "a", "123"));
    }

    [Fact]
    public async Task Decrypt_WhenAValueNamesAnIndexKey_IsRefused()
    {
        using var node = new TestNode();
        byte[] value = await node.EncryptAsync("a", "x");
        await WriteAsync(node, "a", "123");
        (await IndexKeysAsync(node, "a")).Single().KeyId.ToArray().CopyTo(value, 1);

        await Assert.ThrowsAsync<CiphertextInvalidException>(async () => await node.DecryptAsync("a", value));
    }

    private static async Task<byte[]> WriteAsync(TestNode node, string tenant, string text)
    {
        using var lease = await node.Instance.AcquireRingAsync(tenant, 1, s_write, Token);
        return lease.Index(s_ssn, text, s_text, IndexUse.Write)!;
    }

    private static async Task<byte[]> QueryAsync(TestNode node, string tenant, string text)
    {
        using var lease = await node.Instance.AcquireRingAsync(tenant, 0, s_query, Token);
        return lease.Index(s_ssn, text, s_text, IndexUse.Query)!;
    }

    private static async Task<IReadOnlyList<KeyRecord>> IndexKeysAsync(TestNode node, string tenant) =>
        [.. (await node.Tables.ReadTenantAsync(tenant, Token)).Keys.Where(static key => key.Kind == KeyKind.Index)];
}
