using System.Text.RegularExpressions;
using ColumnCrypt.Metadata;
using ColumnCrypt.Store.Schema;
using ColumnCrypt.Store.Tests.Hosts;
using ColumnCrypt.TestSupport;
using Npgsql;
using Xunit;

namespace ColumnCrypt.Store.Tests.PostgreSql;

// Must hold 6: what the key store asks of a server that others use too, and of a transaction pooler in between
public sealed partial class MannersTests
{
    [Fact]
    public async Task EveryStatement_IsQualifiedAndLeavesNothingOnTheSession()
    {
        await using var host = new PostgreSqlHost();
        await using var proxy = new RecordingProxy(PostgreSqlServer.Shared.Port);
        host.ConnectionString = new NpgsqlConnectionStringBuilder(host.ConnectionString)
        {
            Port = proxy.Port, MaxAutoPrepare = 20, AutoPrepareMinUsages = 1, NoResetOnClose = false, MaxPoolSize = 50, SslMode = SslMode.Disable,
        }.ConnectionString;
        var store = await host.OpenCreatedAsync();

        for (var round = 0; round < 10; round++)
        {
            await CallEverythingAsync(store, $"clinic-{round}");
        }

        Assert.NotEmpty(proxy.StatementNames);
        Assert.All(proxy.StatementNames, static name => Assert.Equal("", name));
        foreach (var statement in proxy.Statements)
        {
            Assert.DoesNotMatch(SessionState(), statement);
            foreach (Match table in Table().Matches(statement))
            {
                Assert.True(table.Groups["schema"].Success || table.Groups["index"].Success, $"{table.Value} is not qualified in: {statement}");
            }
        }
    }

    [Fact]
    public async Task EveryCall_WhenAForeignTableStandsFirstInTheSearchPath_UsesItsOwn()
    {
        await using var host = new PostgreSqlHost();
        var store = await host.OpenCreatedAsync();
        await CallEverythingAsync(store, "clinic-a");
        await host.ExecuteAsync("CREATE SCHEMA decoy; CREATE TABLE decoy.columncrypt_key (x int); CREATE TABLE decoy.columncrypt_schema (x int)");
        host.ConnectionString += ";Search Path=decoy";

        await CallEverythingAsync(host.Open(), "clinic-b");

        Assert.Equal(4, (await host.QueryAsync("SELECT tenant FROM public.columncrypt_tenant")).Count);
    }

    [Fact]
    public async Task EveryCall_ByManyAtOnce_UsesTwoConnections()
    {
        await using var host = new PostgreSqlHost();
        await using var proxy = new RecordingProxy(PostgreSqlServer.Shared.Port);
        host.ConnectionString = new NpgsqlConnectionStringBuilder(host.ConnectionString) { Port = proxy.Port, SslMode = SslMode.Disable }.ConnectionString;
        var store = await host.OpenCreatedAsync();

        await Task.WhenAll(Enumerable.Range(0, 50).Select(call => Task.Run(() => CallEverythingAsync(store, $"clinic-{call}"))));

        Assert.InRange(proxy.MostOpen, 1, 2);
    }

    [Fact]
    public async Task ReadTenant_WhenEveryConnectionOfTheApplicationIsInATransaction_Reads()
    {
        await using var host = new PostgreSqlHost();
        var store = await host.OpenCreatedAsync();
        Assert.True(await store.TryInsertKeyAsync(Rows.NewKey("clinic-a"), CancellationToken.None));
        await using var application = NpgsqlDataSource.Create($"{host.ConnectionString};Maximum Pool Size=3;Timeout=1");
        var busy = await Task.WhenAll(Enumerable.Range(0, 3).Select(async _ =>
        {
            var connection = await application.OpenConnectionAsync();
            await connection.BeginTransactionAsync();
            return connection;
        }));
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => application.OpenConnectionAsync().AsTask());

        Assert.Single((await store.ReadTenantAsync("clinic-a", CancellationToken.None)).Keys);
        Assert.True(await store.TryInsertKeyAsync(Rows.NewKey("clinic-b"), CancellationToken.None));

        foreach (var connection in busy)
        {
            await connection.DisposeAsync();
        }
    }

    [Fact]
    public async Task ReadTenant_AmongManyTenants_IsOneStatementOverIndexes()
    {
        await using var host = new PostgreSqlHost();
        await using var proxy = new RecordingProxy(PostgreSqlServer.Shared.Port);
        await host.OpenCreatedAsync();
        await host.ExecuteAsync("""
            INSERT INTO columncrypt_tenant (tenant, state, created_at, generation, row_version, mac)
            SELECT 't' || i, 'Active', now(), i, 1, sha256('m') FROM generate_series(1, 20000) i;
            INSERT INTO columncrypt_key (key_id, tenant, kind, version, state, created_at, commitment, reserved_uses, row_version, mac)
            SELECT substr(sha256(convert_to('k' || i, 'UTF8')), 1, 16), 't' || i, 'data', 1, 'Active', now(), sha256(convert_to('k' || i, 'UTF8')), 0, 1, sha256('m') FROM generate_series(1, 20000) i;
            INSERT INTO columncrypt_wrap (key_id, kek_id, kek_version, wrapped, valid_from)
            SELECT key_id, 'test:kek', '', commitment, now() FROM columncrypt_key;
            ANALYZE columncrypt_tenant, columncrypt_key, columncrypt_wrap
            """);
        host.ConnectionString = new NpgsqlConnectionStringBuilder(host.ConnectionString) { Port = proxy.Port, SslMode = SslMode.Disable }.ConnectionString;
        var store = host.Open();
        await store.ReadGenerationAsync(CancellationToken.None);
        proxy.Statements.Clear();

        Assert.Single((await store.ReadTenantAsync("t777", CancellationToken.None)).Wraps);

        var statement = Assert.Single(proxy.Statements);
        var plan = string.Join('\n', await host.QueryAsync($"EXPLAIN {statement.Replace("$1", "'t777'", StringComparison.Ordinal)}"));
        Assert.DoesNotContain("Seq Scan", plan, StringComparison.Ordinal);
    }

    [Fact]
    public void CreateScript_OfASchemaNameThatCannotBe_IsRefused()
    {
        foreach (var schema in new[] { "", "a$b", "a\0b", new string('ä', 32) })
        {
            Assert.Throws<EncryptionModelException>(() => ColumnCrypt.PostgreSql.PostgreSqlKeyStore.CreateScript(schema));
        }
    }

    [Fact]
    public async Task CreateTables_InASchemaWhoseNameNeedsQuotes_Works()
    {
        await using var host = new PostgreSqlHost();
        await using var store = ColumnCrypt.PostgreSql.PostgreSqlKeyStore.Open(host.ConnectionString, new() { Schema = "Ten'ant \"keys\"", CreateTables = true });
        await store.CreateTablesAsync(CancellationToken.None);
        await CallEverythingAsync(store, "clinic-a");
        Assert.Equal($"{KeyTableSchema.Tables.Count}", Assert.Single(await host.QueryAsync("SELECT count(*) FROM pg_tables WHERE schemaname = 'Ten''ant \"keys\"'")));
    }

    [Fact]
    public async Task CreateTables_WithARoleThatMayNotCreate_IsNeededOnlyOnce()
    {
        await using var host = new PostgreSqlHost();
        await host.OpenCreatedAsync();
        var role = $"application_{Guid.NewGuid():n}";
        await host.ExecuteAsync($"CREATE ROLE {role} LOGIN; GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO {role}; GRANT DELETE ON public.columncrypt_node TO {role}");
        host.ConnectionString = new NpgsqlConnectionStringBuilder(host.ConnectionString) { Username = role }.ConnectionString;

        await CallEverythingAsync(await host.OpenCreatedAsync(), "clinic-a");
    }

    internal static async Task CallEverythingAsync(IKeyStore store, string tenant)
    {
        var row = Rows.NewKey(tenant);
        Assert.True(await store.TryInsertKeyAsync(row, CancellationToken.None));
        Assert.False(await store.TryInsertKeyAsync(Rows.NewKey(tenant, 2), CancellationToken.None));
        Assert.Equal(7, await store.ReserveUsesAsync(row.Key.KeyId, 7, CancellationToken.None));
        Assert.True(await store.TryChangeAsync(
            generation => new KeyChange(Rows.Next(row.Tenant!, generation), [Rows.Next(row.Key, KeyState.Destroyed)], DropWraps: true), CancellationToken.None));
        Assert.False(await store.TryChangeAsync(generation => new KeyChange(Rows.Next(row.Tenant!, generation), []), CancellationToken.None));
        Assert.Single((await store.ReadTenantAsync(tenant, CancellationToken.None)).Keys);
        Assert.Equal(tenant, await store.FindTenantAsync(row.Key.KeyId, CancellationToken.None));
        Assert.Contains(tenant, await store.ReadChangedTenantsAsync(0, CancellationToken.None));
        Assert.NotEqual(0, await store.ReadGenerationAsync(CancellationToken.None));
        await store.TryWriteColumnsAsync([Rows.Column("name")], null, CancellationToken.None);
        Assert.Single(await store.ReadColumnsAsync("clinic", CancellationToken.None));
        Assert.NotEmpty(await store.ReadKeksAsync(CancellationToken.None));
        await CallOperatorsAsync(store, tenant);
    }

    private static async Task CallOperatorsAsync(IKeyStore store, string tenant)
    {
        await store.Audit.AddAsync(Rows.Entry(), CancellationToken.None);
        Assert.NotEmpty(await store.Audit.ChainAsync(static (head, unchained) => [unchained is [var entry, ..] ? Rows.Chained(entry, head) : Rows.Entry(head)], CancellationToken.None));
        Assert.NotEmpty(await store.Audit.ReadAsync(0, 10, CancellationToken.None));
        await store.Audit.ReadUnchainedAsync("", 10, CancellationToken.None);
        var job = Rows.Job();
        Assert.True(await store.Jobs.TryAddAsync(job, static head => [Rows.Entry(head)], CancellationToken.None));
        Assert.True(await store.Jobs.TryUpdateAsync(job with { RowVersion = 2 }, null, CancellationToken.None));
        Assert.NotNull(await store.Jobs.FindAsync(job.JobId, CancellationToken.None));
        Assert.NotEmpty(await store.Jobs.ReadAsync("", 10, CancellationToken.None));
        await store.Jobs.ReportNodeAsync(Rows.Node(Rows.Time), CancellationToken.None);
        Assert.NotEmpty(await store.Jobs.ReadNodesAsync(Rows.Time, CancellationToken.None));
        await store.Jobs.RemoveNodesAsync(Rows.Time, CancellationToken.None);
        Assert.NotEmpty(await store.Inventory.ReadTenantsAsync("", 10, CancellationToken.None));
        await store.Inventory.ReadDueTenantsAsync(Rows.Time, 10, CancellationToken.None);
        Assert.NotEmpty(await store.Inventory.ReadKeysAsync(null, null, 10, CancellationToken.None));
        Assert.Single(await store.Inventory.ReadKeysOfAsync(tenant, CancellationToken.None));
        await store.Inventory.CountAsync(CancellationToken.None);
        await store.Inventory.CountDependentsAsync("test:kek", CancellationToken.None);
        var kek = Rows.Kek($"test:{tenant}");
        Assert.True(await store.Inventory.TryWriteKekAsync(kek, static head => [Rows.Entry(head)], CancellationToken.None));
        Assert.True(await store.Inventory.TryWriteKekAsync(kek with { RowVersion = 2 }, null, CancellationToken.None));
        Assert.NotEmpty(await store.Inventory.ReadManifestAsync(CancellationToken.None));
        await store.Inventory.RaiseGenerationAsync(1, CancellationToken.None);
        var key = Rows.NewKey($"{tenant}/2");
        await store.Inventory.RestoreAsync(new StoreRows([key.Tenant!], [new(key.Key, null, key.Wraps)], key.Keks, [Rows.Column("name")], [Rows.Entry()]), CancellationToken.None);
        Assert.Single((await store.Inventory.ChangeWrapsAsync(
            [new(key.Key.KeyId, key.Key.Tenant, 1, [Rows.Wrap(key.Key.KeyId, "test:new")], [new("test:kek", "")])],
            (_, head) => new BatchEnd(job with { RowVersion = 3 }, [Rows.Entry(head)]),
            CancellationToken.None))!);
    }

    // SET LOCAL ends with its transaction; whatever else is set, listened to, prepared, or locked by the session would outlive it.
    [GeneratedRegex(@"^\s*(SET\s+(?!LOCAL|TRANSACTION)|RESET|DISCARD|PREPARE|EXECUTE|DEALLOCATE|LISTEN|UNLISTEN|DECLARE|CREATE\s+TEMP)|pg_(try_)?advisory_lock|set_config", RegexOptions.IgnoreCase)]
    private static partial Regex SessionState();

    [GeneratedRegex("(?<schema>public\"?\\.)?(?<index>INDEX IF NOT EXISTS |CONSTRAINT )?\"?columncrypt_[a-z_]+", RegexOptions.None)]
    private static partial Regex Table();
}
