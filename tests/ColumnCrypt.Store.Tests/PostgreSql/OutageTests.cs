using System.Net;
using System.Net.Sockets;
using ColumnCrypt.Store.Tests.Hosts;
using ColumnCrypt.TestSupport;
using Npgsql;
using Xunit;

namespace ColumnCrypt.Store.Tests.PostgreSql;

// Must hold 6, 7
public sealed class OutageTests
{
    [Fact]
    public async Task EveryCall_WhenTheServerIsStopped_IsUnavailable()
    {
        using var server = PostgreSqlServer.Start();
        await using var host = new PostgreSqlHost(server: server);
        var store = await host.OpenCreatedAsync();
        server.Dispose();

        await AssertUnavailableAsync(store.ReadTenantAsync("clinic-a", CancellationToken.None));
        await AssertUnavailableAsync(store.TryInsertKeyAsync(Rows.NewKey("clinic-a"), CancellationToken.None));
        await AssertUnavailableAsync(store.CreateTablesAsync(CancellationToken.None));
    }

    [Fact]
    public async Task ReadTenant_WhenTheServerAnswersNothing_IsUnavailableAfterTheTimeout()
    {
        await using var host = new PostgreSqlHost();
        await using var proxy = new RecordingProxy(PostgreSqlServer.Shared.Port);
        host.Time = new ManualTimeProvider();
        host.Timeout = TimeSpan.FromSeconds(5);
        host.ConnectionString = new NpgsqlConnectionStringBuilder(host.ConnectionString) { Port = proxy.Port, SslMode = SslMode.Disable }.ConnectionString;
        var store = await host.OpenCreatedAsync();
        proxy.FallSilent();

        var reading = store.ReadTenantAsync("clinic-a", CancellationToken.None);
        await host.Time.WaitForTimersAsync(1);
        host.Time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.False(reading.IsCompleted);
        host.Time.Advance(TimeSpan.FromSeconds(0.1));

        var error = await AssertUnavailableAsync(reading);
        Assert.Contains("5 s", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, host.Time.ActiveTimers);
    }

    [Fact]
    public async Task ReadTenant_WhenNobodyAcceptsTheConnection_IsUnavailableAfterTheTimeout()
    {
        await using var host = new PostgreSqlHost();
        using var deaf = new TcpListener(IPAddress.Loopback, 0);
        deaf.Start();
        host.Time = new ManualTimeProvider();
        host.Timeout = TimeSpan.FromSeconds(5);
        host.ConnectionString = new NpgsqlConnectionStringBuilder(host.ConnectionString) { Port = ((IPEndPoint)deaf.LocalEndpoint).Port }.ConnectionString;

        var reading = host.Open().ReadTenantAsync("clinic-a", CancellationToken.None);
        await host.Time.WaitForTimersAsync(1);
        host.Time.Advance(TimeSpan.FromSeconds(5));

        await AssertUnavailableAsync(reading);
    }

    [Fact]
    public async Task TryInsertKey_WhileTheTenantIsLocked_IsUnavailableAfterTheTimeoutAndWritesNothing()
    {
        await using var host = new PostgreSqlHost { Time = new ManualTimeProvider(), Timeout = TimeSpan.FromSeconds(5) };
        var store = await host.OpenCreatedAsync();
        Assert.True(await store.TryInsertKeyAsync(Rows.NewKey("clinic-a"), CancellationToken.None));
        await using var other = await host.ConnectAsync();
        await using var transaction = await other.BeginTransactionAsync();
        await using (var command = other.CreateCommand())
        {
            command.CommandText = "SELECT 1 FROM columncrypt_tenant FOR UPDATE";
            await command.ExecuteNonQueryAsync();
        }

        var inserting = store.TryInsertKeyAsync(Rows.NewKey("clinic-a", 2, Metadata.KeyState.PreActive), CancellationToken.None);
        await WaitUntilLockedOutAsync(host, inserting);
        host.Time.Advance(TimeSpan.FromSeconds(5));
        await AssertUnavailableAsync(inserting);
        await transaction.RollbackAsync();

        Assert.Single((await store.ReadTenantAsync("clinic-a", CancellationToken.None)).Keys);
        Assert.True(await store.TryInsertKeyAsync(Rows.NewKey("clinic-a", 2, Metadata.KeyState.PreActive), CancellationToken.None));
    }

    [Fact]
    public async Task TryChange_WhenCancelledWhileItWaits_WritesNothingAndFreesTheLocks()
    {
        await using var host = new PostgreSqlHost();
        var store = await host.OpenCreatedAsync();
        var row = Rows.NewKey("clinic-a");
        Assert.True(await store.TryInsertKeyAsync(row, CancellationToken.None));
        await using var other = await host.ConnectAsync();
        await using var transaction = await other.BeginTransactionAsync();
        await using (var command = other.CreateCommand())
        {
            command.CommandText = "SELECT 1 FROM columncrypt_key FOR UPDATE";
            await command.ExecuteNonQueryAsync();
        }

        using var cancel = new CancellationTokenSource();
        var change = (long generation) => new KeyChange(Rows.Next(row.Tenant!, generation), [Rows.Next(row.Key, Metadata.KeyState.Suspended)]);
        var changing = store.TryChangeAsync(change, cancel.Token);
        await WaitUntilLockedOutAsync(host, changing);
        await cancel.CancelAsync();
        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => changing);
        Assert.Equal(cancel.Token, error.CancellationToken);

        Assert.Equal(0, await store.ReadGenerationAsync(CancellationToken.None));
        Assert.Equal(1, (await store.ReadTenantAsync("clinic-a", CancellationToken.None)).Tenant!.RowVersion);
        await transaction.RollbackAsync();
        Assert.True(await store.TryChangeAsync(change, CancellationToken.None));
    }

    [Fact]
    public async Task TryChange_WhenTheNodeFreezesInTheTransaction_FreesTheLocksForOthers()
    {
        await using var host = new PostgreSqlHost { Time = new ManualTimeProvider() };
        var other = await host.OpenCreatedAsync();
        var row = Rows.NewKey("clinic-a");
        Assert.True(await other.TryInsertKeyAsync(row, CancellationToken.None));
        KeyChange Change(long generation) => new(Rows.Next(row.Tenant!, generation), []);
        host.Timeout = TimeSpan.FromMilliseconds(100);
        var frozen = host.Open();
        using var thaw = new ManualResetEventSlim();
        var attempts = 0;

        // The clock stands still, so the node itself never gives up: the first attempt sits on the generation counter.
        var changing = Task.Run(() => frozen.TryChangeAsync(
            generation =>
            {
                if (Interlocked.Increment(ref attempts) == 1)
                {
                    thaw.Wait(CancellationToken.None);
                }

                return Change(generation);
            },
            CancellationToken.None));
        while (Volatile.Read(ref attempts) == 0)
        {
            await Task.Yield();
        }

        Assert.True(await other.TryChangeAsync(Change, CancellationToken.None));

        thaw.Set();
        Assert.False(await changing);
        Assert.Equal(2, attempts);
        Assert.Equal(1, await other.ReadGenerationAsync(CancellationToken.None));
    }

    [Fact]
    public async Task EveryCall_WhenItsIdleConnectionsWereCut_ConnectsAnew()
    {
        await using var host = new PostgreSqlHost();
        await using var proxy = new RecordingProxy(PostgreSqlServer.Shared.Port);
        host.ConnectionString = new NpgsqlConnectionStringBuilder(host.ConnectionString) { Port = proxy.Port, SslMode = SslMode.Disable }.ConnectionString;
        var store = await host.OpenCreatedAsync();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => store.ReadGenerationAsync(CancellationToken.None))));

        proxy.Cut();

        Assert.Equal(0, await store.ReadGenerationAsync(CancellationToken.None));
    }

    [Fact]
    public async Task EveryCall_WhenTheServerEndedItsConnections_ConnectsAnew()
    {
        await using var host = new PostgreSqlHost();
        var store = await host.OpenCreatedAsync();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => store.ReadGenerationAsync(CancellationToken.None))));

        await host.QueryAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'ColumnCrypt'");

        Assert.True(await store.TryInsertKeyAsync(Rows.NewKey("clinic-a"), CancellationToken.None));
    }

    [Fact]
    public async Task EveryCall_WithAWrongPasswordOrDatabase_IsUnavailableAndShowsNoSecret()
    {
        await using var host = new PostgreSqlHost();
        host.ConnectionString = new NpgsqlConnectionStringBuilder(host.ConnectionString) { Database = "nowhere", Password = "s3cret-canary" }.ConnectionString;
        var error = await AssertUnavailableAsync(host.Open().ReadGenerationAsync(CancellationToken.None));
        Assert.Contains("nowhere", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", error.ToString(), StringComparison.Ordinal);

        var malformed = Assert.Throws<EncryptionModelException>(static () => ColumnCrypt.PostgreSql.PostgreSqlKeyStore.Open("Host=a;Passwort=s3cret-canary"));
        Assert.DoesNotContain("canary", malformed.ToString(), StringComparison.Ordinal);
    }

    private static async Task<KeyUnavailableException> AssertUnavailableAsync(Task call)
    {
        var error = await Assert.ThrowsAsync<KeyUnavailableException>(() => call);
        Assert.Equal(KeyUnavailableReason.Unavailable, error.Reason);
        Assert.True(error.IsTransient);
        return error;
    }

    private static async Task WaitUntilLockedOutAsync(PostgreSqlHost host, Task call)
    {
        while (!call.IsCompleted && (await host.QueryAsync("SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")).Count == 0)
        {
            await Task.Yield();
        }

        Assert.False(call.IsCompleted, "The call did not wait for the lock.");
    }
}
