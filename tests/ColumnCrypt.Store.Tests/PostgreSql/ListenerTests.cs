using ColumnCrypt.Diagnostics;
using ColumnCrypt.Format;
using ColumnCrypt.Keys;
using ColumnCrypt.Store.Tests.Hosts;
using ColumnCrypt.TestSupport;
using Npgsql;
using Xunit;

namespace ColumnCrypt.Store.Tests.PostgreSql;

// Issue 3, propagation: the optional listener, beside polling that is far too slow for what these tests wait for
public sealed class ListenerTests
{
    private const string Tenant = "clinic-a";

    private static readonly TimeSpan s_atOnce = TimeSpan.FromSeconds(2);

    private readonly SwitchableKek _kek = new();

    [Theory]
    [InlineData("public")]
    [InlineData("Ten'ant \"keys\" \\")]
    public async Task Suspension_WithAListener_ReachesAnotherNodeAtOnce(string schema)
    {
        await using var host = new PostgreSqlHost();
        using var first = Node(host, schema);
        using var second = Node(host, schema, host.ConnectionString);
        byte[] value = await first.EncryptAsync(Tenant, "x");
        Assert.True(await second.ReadsAsync(Tenant, value));
        await Eventually.UntilAsync(() => IsListeningAsync(host, 1));

        await first.Instance.Keys.SuspendAsync(ValueFrame.ReadKeyId(value, "p"), "test");
        Assert.InRange(await Eventually.UntilAsync(async () => !await second.ReadsAsync(Tenant, value)), TimeSpan.Zero, s_atOnce);

        await first.Instance.Keys.ResumeAsync(ValueFrame.ReadKeyId(value, "p"), "test");
        Assert.InRange(await Eventually.UntilAsync(() => second.ReadsAsync(Tenant, value)), TimeSpan.Zero, s_atOnce);
    }

    [Fact]
    public async Task ChangeOfAnotherSchema_IsNotHeard()
    {
        await using var host = new PostgreSqlHost();
        using var stranger = Node(host, "other");
        byte[] value = await stranger.EncryptAsync(Tenant, "x");
        int heard = 0;
        await using var store = ColumnCrypt.PostgreSql.PostgreSqlKeyStore.Open(host.ConnectionString, new() { CreateTables = true, ListenConnectionString = host.ConnectionString });
        await store.CreateTablesAsync(CancellationToken.None);
        using var ending = new CancellationTokenSource();
        var listening = store.Signal!.ListenAsync(() => Interlocked.Increment(ref heard), ending.Token);
        await Eventually.UntilAsync(() => Task.FromResult(Volatile.Read(ref heard) == 1));

        await stranger.Instance.Keys.SuspendAsync(ValueFrame.ReadKeyId(value, "p"), "test");
        await store.Inventory.RaiseGenerationAsync(7, CancellationToken.None);
        await Eventually.UntilAsync(() => Task.FromResult(Volatile.Read(ref heard) >= 2));
        Assert.True(await store.Inventory.TryWriteKekAsync(Rows.Kek("test:kek"), null, CancellationToken.None));
        await Eventually.UntilAsync(() => Task.FromResult(Volatile.Read(ref heard) >= 3));

        Assert.Equal(3, Volatile.Read(ref heard));
        await ending.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => listening);
    }

    [Fact]
    public async Task Listener_WhenItsBackendIsKilled_ComesBack()
    {
        await using var host = new PostgreSqlHost();
        using var first = Node(host);
        using var second = Node(host, listen: host.ConnectionString);
        byte[] value = await first.EncryptAsync(Tenant, "x");
        Assert.True(await second.ReadsAsync(Tenant, value));
        await Eventually.UntilAsync(() => IsListeningAsync(host, 1));

        await host.ExecuteAsync($"SELECT pg_terminate_backend(pid) {Listeners}");
        await Eventually.UntilAsync(() => Task.FromResult(second.Events.Events.Contains(ColumnCryptEventId.ListenerLost)));
        await first.Instance.Keys.SuspendAsync(ValueFrame.ReadKeyId(value, "p"), "test");
        await Eventually.UntilAsync(() => Task.FromResult(second.Events.Events.Contains(ColumnCryptEventId.ListenerBack)));

        Assert.InRange(await Eventually.UntilAsync(async () => !await second.ReadsAsync(Tenant, value)), TimeSpan.Zero, s_atOnce);
        await first.Instance.Keys.ResumeAsync(ValueFrame.ReadKeyId(value, "p"), "test");
        Assert.InRange(await Eventually.UntilAsync(() => second.ReadsAsync(Tenant, value)), TimeSpan.Zero, s_atOnce);
    }

    [Fact]
    public async Task Change_WhileTheListenerIsAway_ComesByPolling()
    {
        await using var host = new PostgreSqlHost();
        var proxy = new RecordingProxy(PostgreSqlServer.Shared.Port);
        using var first = Node(host);
        using var second = Node(host, listen: Through(host, proxy), poll: TimeSpan.FromMilliseconds(200));
        byte[] value = await first.EncryptAsync(Tenant, "x");
        Assert.True(await second.ReadsAsync(Tenant, value));
        await Eventually.UntilAsync(() => IsListeningAsync(host, 1));

        await proxy.DisposeAsync();
        await Eventually.UntilAsync(() => IsListeningAsync(host, 0));
        await first.Instance.Keys.SuspendAsync(ValueFrame.ReadKeyId(value, "p"), "test");

        Assert.InRange(await Eventually.UntilAsync(async () => !await second.ReadsAsync(Tenant, value)), TimeSpan.Zero, s_atOnce);
        Assert.DoesNotContain(ColumnCryptEventId.ListenerBack, second.Events.Events);
    }

    [Fact]
    public async Task Listener_OnANetworkThatHasDied_NoticesByItsKeepalive()
    {
        await using var host = new PostgreSqlHost();
        await using var proxy = new RecordingProxy(PostgreSqlServer.Shared.Port);
        using var node = Node(host, listen: $"{Through(host, proxy)};Keepalive=1");
        await node.EncryptAsync(Tenant, "x");
        await Eventually.UntilAsync(() => IsListeningAsync(host, 1));

        proxy.FallSilent();

        await Eventually.UntilAsync(() => Task.FromResult(node.Events.Events.Contains(ColumnCryptEventId.ListenerLost)));
    }

    [Fact]
    public async Task Node_WithoutAListener_HoldsNoConnectionForIt()
    {
        await using var host = new PostgreSqlHost();
        using var node = Node(host, poll: TimeSpan.FromMilliseconds(200));
        using var other = Node(host);
        byte[] value = await other.EncryptAsync(Tenant, "x");
        Assert.True(await node.ReadsAsync(Tenant, value));

        await other.Instance.Keys.SuspendAsync(ValueFrame.ReadKeyId(value, "p"), "test");

        await Eventually.UntilAsync(async () => !await node.ReadsAsync(Tenant, value));
        Assert.True(await IsListeningAsync(host, 0));
    }

    [Fact]
    public async Task Dispose_LeavesNoConnection()
    {
        await using var host = new PostgreSqlHost();
        var node = Node(host, listen: host.ConnectionString);
        await node.EncryptAsync(Tenant, "x");
        await Eventually.UntilAsync(() => IsListeningAsync(host, 1));

        node.Dispose();

        await Eventually.UntilAsync(async () => await CountAsync(host, "FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'ColumnCrypt%'") == 0);
        Assert.DoesNotContain(ColumnCryptEventId.ListenerLost, node.Events.Events);
    }

    [Fact]
    public void ListenConnectionString_ThatIsNone_IsRefusedWithoutItsText()
    {
        var error = Assert.Throws<EncryptionModelException>(() => ColumnCrypt.PostgreSql.PostgreSqlKeyStore.Open("Host=x", new() { ListenConnectionString = "Passwort=secret" }));
        Assert.DoesNotContain("secret", error.ToString(), StringComparison.Ordinal);
    }

    private const string Listeners = "FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'ColumnCrypt listener'";

    private PostgreSqlNode Node(PostgreSqlHost host, string schema = "public", string? listen = null, TimeSpan? poll = null) => new(
        host.ConnectionString,
        [_kek.Twin()],
        bounds => (bounds.PollInterval, bounds.RevocationBound) = (poll ?? TimeSpan.FromMinutes(10), TimeSpan.FromHours(1)),
        options => (options.Schema, options.ListenConnectionString) = (schema, listen));

    private static string Through(PostgreSqlHost host, RecordingProxy proxy) =>
        new NpgsqlConnectionStringBuilder(host.ConnectionString) { Port = proxy.Port, SslMode = SslMode.Disable }.ConnectionString;

    private static async Task<bool> IsListeningAsync(PostgreSqlHost host, int nodes) => await CountAsync(host, $"{Listeners} AND query LIKE 'LISTEN%'") == nodes;

    private static async Task<int> CountAsync(PostgreSqlHost host, string from) =>
        int.Parse((await host.QueryAsync($"SELECT count(*) {from}")).Single()!, System.Globalization.CultureInfo.InvariantCulture);
}
