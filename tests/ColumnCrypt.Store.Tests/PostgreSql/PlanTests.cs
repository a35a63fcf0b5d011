using ColumnCrypt.Metadata;
using ColumnCrypt.Store.Tests.Hosts;
using ColumnCrypt.TestSupport;
using Npgsql;
using Xunit;

namespace ColumnCrypt.Store.Tests.PostgreSql;

// Issue 3, speed: among many keys operators' queries are index look-ups and aggregates
public sealed class PlanTests
{
    private const string Wraps = "Seq Scan on columncrypt_wrap";
    private const string Keys = "Seq Scan on columncrypt_key";
    private const string Tenants = "Seq Scan on columncrypt_tenant";
    private const string Audit = "Seq Scan on columncrypt_audit";

    [Fact]
    public async Task EveryQueryOfOperators_AmongManyKeys_IsOverIndexes()
    {
        await using var host = new PostgreSqlHost();
        await using var proxy = new RecordingProxy(PostgreSqlServer.Shared.Port);
        await host.OpenCreatedAsync();
        await FillAsync(host);
        var owner = host.ConnectionString;
        host.ConnectionString = new NpgsqlConnectionStringBuilder(owner) { Port = proxy.Port, SslMode = SslMode.Disable }.ConnectionString;
        var store = host.Open();
        await store.ReadGenerationAsync(CancellationToken.None);

        async Task AssertAsync(Func<Task> call, object[] parameters, params string[] absent)
        {
            proxy.Statements.Clear();
            await call();
            Assert.NotEmpty(proxy.Statements);
            foreach (var statement in proxy.Statements)
            {
                var plan = await ExplainAsync(owner, statement, parameters);
                Assert.All(absent, scan => Assert.False(plan.Contains(scan, StringComparison.Ordinal), plan));
            }
        }

        var from = Format.KeyId.Parse("40000000000000000000000000000000");
        var last = Format.KeyId.Parse("ffffffffffffffffffffffffffffffff");
        await AssertAsync(() => store.Inventory.ReadKeysAsync(null, null, 1_000, default), [Array.Empty<byte>(), last.ToArray(), 1_000], Wraps, Keys, Tenants);
        await AssertAsync(() => store.Inventory.ReadKeysAsync(from, null, 5_000, default), [from.ToArray(), last.ToArray(), 5_000], Wraps, Tenants);
        await AssertAsync(() => store.Inventory.ReadKeysOfAsync("t777", default), ["t777"], Wraps, Keys, Tenants);
        await AssertAsync(() => store.Inventory.ReadTenantsAsync("t5", 1_000, default), ["t5", 1_000], Tenants);
        await AssertAsync(() => store.Inventory.ReadDueTenantsAsync(Rows.Time, 100, default), [Rows.Time, 100], Tenants);
        await AssertAsync(() => store.Inventory.CountDependentsAsync("test:rare", default), ["test:rare"], Wraps, Keys);
        await AssertAsync(() => store.Inventory.CountDependentsAsync("test:none", default), ["test:none"], Wraps, Keys);
        await AssertAsync(() => store.Audit.ReadAsync(5_000, 100, default), [5_000L, 100], Audit);
        await AssertAsync(() => store.Audit.ReadUnchainedAsync("", 100, default), ["", 100], Audit);
    }

    // 20,000 keys of as many tenants, each with two wraps, one of them under a KEK that few use; 100 tenants about to be shredded;
    // 10,000 audit entries of which 50 are not chained.
    private static Task FillAsync(PostgreSqlHost host) => host.ExecuteAsync($"""
        INSERT INTO columncrypt_tenant (tenant, state, created_at, shred_due_at, generation, row_version, mac)
        SELECT 't' || i, CASE WHEN i % 200 = 0 THEN '{nameof(TenantState.ShredScheduled)}' ELSE '{nameof(TenantState.Active)}' END, now(),
            CASE WHEN i % 200 = 0 THEN now() + i * interval '1 s' END, i, 1, sha256('m') FROM generate_series(1, 20000) i;
        INSERT INTO columncrypt_key (key_id, tenant, kind, version, state, created_at, commitment, reserved_uses, row_version, mac)
        SELECT substr(sha256(convert_to('k' || i, 'UTF8')), 1, 16), 't' || i, 'data', 1, 'Active', now(), sha256(convert_to('k' || i, 'UTF8')), 0, 1, sha256('m')
        FROM generate_series(1, 20000) i;
        INSERT INTO columncrypt_wrap (key_id, kek_id, kek_version, wrapped, valid_from) SELECT key_id, 'test:kek', '', commitment, now() FROM columncrypt_key;
        INSERT INTO columncrypt_wrap (key_id, kek_id, kek_version, wrapped, valid_from)
        SELECT key_id, CASE WHEN version % 2 = 1 AND substr(tenant, 2)::int % 400 = 0 THEN 'test:rare' ELSE 'test:escrow' END, '', commitment, now() FROM columncrypt_key;
        INSERT INTO columncrypt_audit (audit_id, sequence, at, actor, action, previous_hash, mac)
        SELECT lpad(i::text, 8, '0'), CASE WHEN i <= 9950 THEN i END, now(), 'x', 'x', sha256('m'), sha256('m') FROM generate_series(1, 10000) i;
        ANALYZE columncrypt_tenant, columncrypt_key, columncrypt_wrap, columncrypt_audit
        """);

    private static async Task<string> ExplainAsync(string connectionString, string statement, object[] parameters)
    {
        await using var connection = new NpgsqlConnection($"{connectionString};Pooling=False");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"EXPLAIN {statement}", connection);
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = parameter });
        }

        await using var reader = await command.ExecuteReaderAsync();
        List<string> lines = [];
        while (await reader.ReadAsync())
        {
            lines.Add(reader.GetString(0));
        }

        return string.Join('\n', lines);
    }
}
