using ColumnCrypt.Format;
using ColumnCrypt.Metadata;
using ColumnCrypt.Rewrap;
using ColumnCrypt.Store.Tests.Hosts;
using ColumnCrypt.TestSupport;
using Xunit;

namespace ColumnCrypt.Store.Tests.PostgreSql;

// Issue 3, must hold 8: through PgBouncer in transaction mode everything but the listener works; the contract of the store also runs
// through it, as one of KeyStoreHosts
public sealed class PgBouncerTests : IDisposable
{
    private const int PoolSize = 2;
    private const int Nodes = 6;

    private static readonly string[] s_tenants = ["clinic-a", "clinic-b", "clinic-c", "clinic-d"];

    private readonly PgBouncer _bouncer = PgBouncer.Start(PoolSize);

    [Fact]
    public async Task EveryCall_ByManyStoresAtOnce_Works()
    {
        await using var host = new PostgreSqlHost(bouncer: _bouncer);
        await host.OpenCreatedAsync();

        await Task.WhenAll(Enumerable.Range(0, 20).Select(call => Task.Run(() => MannersTests.CallEverythingAsync(host.Open(), $"clinic-{call}"))));

        Assert.Equal([$"{PoolSize}"], await host.QueryAsync("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"));
    }

    [Fact]
    public async Task LifeOfKeys_OnManyNodes_Works()
    {
        await using var host = new PostgreSqlHost();
        SwitchableKek[] keks = [new("test:old"), new("test:new")];
        var nodes = Enumerable.Range(0, Nodes).Select(_ => Node(host, keks)).ToList();
        var keys = nodes[0].Instance.Keys;
        var values = (await Task.WhenAll(s_tenants.Select((tenant, i) => nodes[i].EncryptAsync(tenant, tenant)))).ToList();
        await AssertReadableAsync(nodes, values);
        await Task.WhenAll(s_tenants.Select((tenant, i) => nodes[^(i + 1)].Instance.Keys.RotateAsync(tenant)));

        await keys.SuspendAsync(ValueFrame.ReadKeyId(values[0], "p"), "test");
        await Task.WhenAll(nodes.Select(node => Eventually.UntilAsync(async () => !await node.ReadsAsync(s_tenants[0], values[0]))));
        await keys.ResumeAsync(ValueFrame.ReadKeyId(values[0], "p"), "test");
        await Task.WhenAll(nodes.Select(node => Eventually.UntilAsync(() => node.ReadsAsync(s_tenants[0], values[0]))));

        Assert.Empty((await keys.RewrapAsync(new RewrapOptions("test:new"))).Failures);
        await Eventually.UntilAsync(() => DropsAsync(nodes, values));
        Assert.Equal(KekState.Retired, (await keys.RetireKekAsync("test:old", "test")).State);
        await AssertReadableAsync(nodes, values);

        await keys.ShredNowAsync(s_tenants[3]);
        await Task.WhenAll(nodes.Select(node => Eventually.UntilAsync(async () => !await node.ReadsAsync(s_tenants[3], values[3]))));
        await AssertReadableAsync(nodes, values[..3]);
        await keys.CheckpointAuditAsync();
        var verdict = await keys.VerifyAuditAsync();
        Assert.True(verdict.IsValid, verdict.Finding);

        nodes.ForEach(static node => node.Dispose());
    }

    [Fact]
    public async Task Suspension_ThroughPgBouncer_IsHeardByAListenerOnTheServerItself()
    {
        await using var host = new PostgreSqlHost();
        SwitchableKek[] keks = [new()];
        using var first = Node(host, keks, TimeSpan.FromMinutes(10));
        using var second = Node(host, keks, TimeSpan.FromMinutes(10), host.ConnectionString);
        byte[] value = await first.EncryptAsync(s_tenants[0], "x");
        Assert.True(await second.ReadsAsync(s_tenants[0], value));
        await Eventually.UntilAsync(async () => await host.QueryAsync("SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'") is [_]);

        await first.Instance.Keys.SuspendAsync(ValueFrame.ReadKeyId(value, "p"), "test");

        Assert.InRange(await Eventually.UntilAsync(async () => !await second.ReadsAsync(s_tenants[0], value)), TimeSpan.Zero, TimeSpan.FromSeconds(2));
    }

    public void Dispose() => _bouncer.Dispose();

    private PostgreSqlNode Node(PostgreSqlHost host, SwitchableKek[] keks, TimeSpan? poll = null, string? listen = null) => new(
        _bouncer.Through(host.ConnectionString),
        [.. keks.Select(static kek => kek.Twin())],
        bounds => (bounds.PollInterval, bounds.RevocationBound, bounds.RefreshInterval) =
            (poll ?? TimeSpan.FromMilliseconds(200), poll is null ? TimeSpan.FromSeconds(5) : TimeSpan.FromHours(1), TimeSpan.FromSeconds(1)),
        options => options.ListenConnectionString = listen);

    private static async Task AssertReadableAsync(IEnumerable<PostgreSqlNode> nodes, List<byte[]> values)
    {
        var read = await Task.WhenAll(nodes.SelectMany(node => values.Select((value, i) => node.DecryptAsync(s_tenants[i], value))));
        Assert.All(read.Chunk(values.Count), chunk => Assert.Equal(s_tenants[..values.Count], chunk));
    }

    // Allowed once every node has refreshed its rings through the new KEK, and has said so.
    private static async Task<bool> DropsAsync(IReadOnlyList<PostgreSqlNode> nodes, List<byte[]> values)
    {
        await AssertReadableAsync(nodes, values);
        try
        {
            Assert.Empty((await nodes[0].Instance.Keys.RewrapAsync(new RewrapOptions("test:new") { Phase = RewrapPhase.Drop })).Failures);
            return true;
        }
        catch (KekInUseException)
        {
            return false;
        }
    }
}
