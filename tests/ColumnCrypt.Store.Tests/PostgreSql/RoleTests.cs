using ColumnCrypt.Configuration;
using ColumnCrypt.Format;
using ColumnCrypt.Metadata;
using ColumnCrypt.PostgreSql;
using ColumnCrypt.Store.Schema;
using ColumnCrypt.Store.Tests.Hosts;
using ColumnCrypt.TestSupport;
using Npgsql;
using Xunit;

namespace ColumnCrypt.Store.Tests.PostgreSql;

// Issue 3, must hold 8: what the three roles may do and, statement by statement, what they may not
public sealed class RoleTests
{
    private const string Mac = "decode(repeat('00', 32), 'hex')";
    private const string NewId = "decode(repeat('77', 16), 'hex')";

    private static readonly string s_schema = RoleHost.Schema;

    private static readonly string[] s_refusedToApplication =
    [
        "UPDATE @schema SET version = 2",
        "INSERT INTO @schema VALUES (1, 1, 0)",
        "UPDATE @tenant SET state = 'ShredScheduled'",
        "UPDATE @tenant SET state = 'Active'",
        "UPDATE @tenant SET hold = 'x'",
        "UPDATE @tenant SET kek_policy = 'x'",
        "UPDATE @tenant SET shred_due_at = now()",
        $"INSERT INTO @tenant (tenant, state, created_at, generation, row_version, mac) VALUES ('new', 'Shredded', now(), 0, 1, {Mac})",
        $"INSERT INTO @tenant (tenant, state, created_at, shred_due_at, generation, row_version, mac) VALUES ('new', 'Active', now(), now(), 0, 1, {Mac})",
        "UPDATE @key SET state = 'Suspended' WHERE tenant = 'active'",
        "UPDATE @key SET state = 'Compromised' WHERE tenant = 'active'",
        "UPDATE @key SET state = 'Destroyed' WHERE tenant = 'active'",
        "UPDATE @key SET destroyed_at = now() WHERE tenant = 'active'",
        "UPDATE @key SET tenant = 'active'",
        "UPDATE @key SET kind = 'index'",
        "UPDATE @key SET version = 7",
        "UPDATE @key SET commitment = mac",
        NewKey("data", "Destroyed"),
        NewKey("data", "Deactivated"),
        NewKey("installation", "PreActive"),
        NewKey("signing", "Active"),
        "UPDATE @wrap SET wrapped = NULL",
        "UPDATE @wrap SET wrapped = wrapped",
        "UPDATE @wrap SET valid_to = now()",
        "UPDATE @wrap SET verified_at = now()",
        NewWrap("kind = 'installation'"),
        NewWrap("tenant = 'moved'"),
        NewWrap("tenant = 'suspended'"),
        NewWrap("tenant = 'active'", "NULL"),
        "UPDATE @kek SET state = 'Retired'",
        "UPDATE @kek SET priority = 7",
        "UPDATE @kek SET added_at = now()",
        "UPDATE @kek SET added_at = added_at",
        $"INSERT INTO @kek (kek_id, state, priority, added_at, row_version, mac) VALUES ('test:kek', 'Active', 0, now(), 1, {Mac}) ON CONFLICT (kek_id) DO UPDATE SET added_at = now()",
        $"INSERT INTO @kek (kek_id, state, priority, added_at, row_version, mac) VALUES ('new', 'Destroyed', 0, now(), 1, {Mac})",
        "UPDATE @column SET purpose = 'x'",
        "UPDATE @column SET key_columns = '[]'",
        "SELECT * FROM @audit",
        "UPDATE @audit SET detail = 'x'",
        "UPDATE @audit SET sequence = 7",
        $"INSERT INTO @audit (audit_id, sequence, at, actor, action, previous_hash, mac) VALUES ('new', 9, now(), 'x', 'x', {Mac}, {Mac})",
        "SELECT * FROM @job",
        "UPDATE @job SET state = 'Ready'",
        $"INSERT INTO @job SELECT 'new', 'rewrap', NULL, 'Ready', NULL, 0, 0, 0, NULL, NULL, 0, 'x', now(), 1, {Mac}",
        "UPDATE @node SET node_id = 'x'",
        "ALTER TABLE @key DISABLE ROW LEVEL SECURITY",
        "DROP POLICY columncrypt_read ON @key",
        $"CREATE TABLE {s_schema}.new (id int)",
        .. KeyTableSchema.Tables.Select(static table => $"DELETE FROM {s_schema}.{table.Name}"),
        .. KeyTableSchema.Tables.Select(static table => $"TRUNCATE {s_schema}.{table.Name}"),
    ];

    private static readonly string[] s_withoutEffectForApplication =
    [
        "UPDATE @key SET state = 'Active' WHERE tenant = 'suspended'",
        "UPDATE @key SET state = 'Active' WHERE state IN ('Deactivated', 'Compromised', 'Destroyed', 'Suspended')",
        "UPDATE @key SET reserved_uses = 0 WHERE kind = 'installation'",
        "UPDATE @key SET state = 'Deactivated' WHERE kind = 'installation'",
        "UPDATE @tenant SET generation = 0 WHERE state <> 'Active'",
    ];

    private static readonly string[] s_refusedToOperator =
    [
        "UPDATE @audit SET detail = 'x'",
        "UPDATE @audit SET actor = 'x'",
        "UPDATE @audit SET at = now()",
        "ALTER TABLE @audit DISABLE ROW LEVEL SECURITY",
        .. KeyTableSchema.Tables.Where(static table => table != KeyTableSchema.Node).Select(static table => $"DELETE FROM {s_schema}.{table.Name}"),
        .. KeyTableSchema.Tables.Select(static table => $"TRUNCATE {s_schema}.{table.Name}"),
    ];

    private static readonly string[] s_withoutEffectForOperator =
    [
        "UPDATE @audit SET sequence = 7 WHERE sequence = 1",
        $"UPDATE @audit SET mac = {Mac} WHERE sequence = 1",
        $"UPDATE @audit SET previous_hash = {Mac} WHERE sequence = 1",
    ];

    [Fact]
    public async Task Node_AsTheApplication_DoesAllItsWork()
    {
        await using var host = await RoleHost.CreateAsync();
        var kek = new SwitchableKek();
        var time = new ManualTimeProvider();
        using (var @operator = Start(host, host.Operator, kek, time))
        {
            await @operator.Keys.InitAsync();
        }

        using var node = Start(host, host.Application, kek, time);
        var before = await EncryptAsync(node, "before");
        await node.RegisterColumnsAsync("clinic-a", "clinic", [Rows.Column("name")], default);
        var refused = await Assert.ThrowsAsync<KeyUnavailableException>(() => node.Keys.RotateAsync("clinic-a"));
        Assert.Equal((KeyUnavailableReason.Denied, false), (refused.Reason, refused.IsTransient));

        // What an operator may not do through this role, the node does by itself at the mark.
        (await node.AcquireRingAsync("clinic-a", 4_000, default)).Dispose();
        byte[] after = before;
        for (var turn = 0; KeyOf(after) == KeyOf(before) && turn < 1_000; turn++)
        {
            time.Advance(TimeSpan.FromSeconds(10));
            after = await EncryptAsync(node, "after");
        }

        Assert.Equal([KeyState.Deactivated, KeyState.Active], (await node.Keys.ListKeysAsync("clinic-a")).Select(static key => key.State));
        Assert.NotEqual(KeyOf(before), KeyOf(after));
        using var reader = Start(host, host.Application, kek, time);
        using var lease = await reader.AcquireRingAsync("clinic-a", 0, default);
        Assert.Equal("before", lease.Decrypt("p", before, ValueCodecs.For<string>()));
        Assert.Equal("after", lease.Decrypt("p", after, ValueCodecs.For<string>()));
    }

    // SPEC-BYOK-1
    [Fact]
    public async Task TenantsOwnKek_IsGivenByTheOperator_AndUsedByTheApplication()
    {
        await using var host = await RoleHost.CreateAsync();
        var (kek, own) = (new SwitchableKek(), new SwitchableKek("test:own"));
        var time = new ManualTimeProvider();
        using var @operator = Start(host, host.Operator, kek, time, own);
        await @operator.Keys.InitAsync();
        await @operator.Keys.SetTenantKekAsync("clinic-a", own.Id, "contract");
        using var node = Start(host, host.Application, kek, time, own);
        await EncryptAsync(node, "x");
        Assert.Equal([own.Id], (await @operator.Keys.FindKeyAsync((await @operator.Keys.ListKeysAsync("clinic-a"))[0].KeyId))!.Wraps.Select(static wrap => wrap.KekId));
        var refused = await Assert.ThrowsAsync<KeyUnavailableException>(() => node.Keys.SetTenantKekAsync("clinic-a", null, "x"));
        Assert.Equal(KeyUnavailableReason.Denied, refused.Reason);
        Assert.Equal(own.Id, (await @operator.Keys.FindTenantAsync("clinic-a"))!.OwnKek);
    }

    [Fact]
    public async Task KeyStore_AsTheApplication_ReportsItselfAndWritesUnchainedEntries()
    {
        await using var host = await RoleHost.CreateAsync();
        var store = host.Open(host.Application);
        var node = Rows.Node(Rows.Time);
        await store.Jobs.ReportNodeAsync(node, CancellationToken.None);
        await store.Jobs.ReportNodeAsync(node with { SeenAt = Rows.Time.AddMinutes(1) }, CancellationToken.None);
        var row = Rows.NewKey("clinic-a") with { Entry = Rows.Entry() };
        Assert.True(await store.TryInsertKeyAsync(row, CancellationToken.None));
        Assert.False(await store.TryInsertKeyAsync(Rows.NewKey("clinic-a"), CancellationToken.None));
        Assert.Equal(7, await store.ReserveUsesAsync(row.Key.KeyId, 7, CancellationToken.None));
        Assert.True(await store.TryChangeAsync(
            generation => new KeyChange(Rows.Next(row.Tenant!, generation), [Rows.Next(row.Key, KeyState.Deactivated)], Entry: Rows.Entry()), CancellationToken.None));
        await store.Audit.AddAsync(Rows.Entry(), CancellationToken.None);

        await Assert.ThrowsAsync<KeyUnavailableException>(() => store.Audit.ChainAsync(static (head, _) => [Rows.Entry(head)], CancellationToken.None));
        await Assert.ThrowsAsync<KeyUnavailableException>(() => store.Audit.ReadUnchainedAsync("", 1, CancellationToken.None));
        await Assert.ThrowsAsync<KeyUnavailableException>(() => store.Inventory.ChangeWrapsAsync([], static (_, _) => new BatchEnd(null, []), CancellationToken.None));
        var seen = host.Open(host.Auditor);
        Assert.Equal(3, (await seen.Audit.ReadUnchainedAsync("", 10, CancellationToken.None)).Count);
        Assert.Single(await seen.Jobs.ReadNodesAsync(Rows.Time.AddMinutes(1), CancellationToken.None));
    }

    [Fact]
    public async Task TryInsertKey_AsTheApplication_OfATenantThatIsNotActive_SaysSo()
    {
        await using var host = await RoleHost.CreateAsync();
        await SeedAsync(host);
        var store = host.Open(host.Application);
        foreach (var tenant in new[] { "scheduled", "shredded" })
        {
            await Assert.ThrowsAsync<TenantShreddedException>(() => store.TryInsertKeyAsync(Rows.NewKey(tenant, 2, KeyState.PreActive), CancellationToken.None));
            Assert.False(await store.TryChangeAsync(generation => new KeyChange(Rows.Tenant(tenant) with { Generation = generation, RowVersion = 3 }, []), CancellationToken.None));
        }
    }

    [Fact]
    public async Task TryInsertKey_AsTheApplication_UnderARetiredKek_IsRefused()
    {
        await using var host = await RoleHost.CreateAsync();
        Assert.True(await host.Open(host.Operator).Inventory.TryWriteKekAsync(Rows.Kek() with { State = KekState.Retired }, null, CancellationToken.None));

        var error = await Assert.ThrowsAsync<KeyUnavailableException>(() => host.Open(host.Application).TryInsertKeyAsync(Rows.NewKey("clinic-a"), CancellationToken.None));
        Assert.Equal(KeyUnavailableReason.KekNotAllowed, error.Reason);
    }

    [Fact]
    public async Task Application_OutsideItsRights_IsRefusedOrTouchesNothing()
    {
        await using var host = await RoleHost.CreateAsync();
        await SeedAsync(host);
        await AssertForbiddenAsync(host, host.Application, s_refusedToApplication, s_withoutEffectForApplication);
    }

    [Fact]
    public async Task Operator_DoesWhatOperatorsDo_AndLeavesTheChainAsItIs()
    {
        await using var host = await RoleHost.CreateAsync();
        await SeedAsync(host);
        var store = host.Open(host.Operator);
        await MannersTests.CallEverythingAsync(store, "clinic-a");
        await AssertForbiddenAsync(host, host.Operator, s_refusedToOperator, s_withoutEffectForOperator);
    }

    [Fact]
    public async Task Auditor_ReadsEverything_AndWritesNothing()
    {
        await using var host = await RoleHost.CreateAsync();
        await SeedAsync(host);
        var store = host.Open(host.Auditor);
        Assert.NotEmpty(await store.Inventory.ReadKeysAsync(null, null, 100, CancellationToken.None));
        Assert.NotEmpty(await store.Audit.ReadAsync(0, 100, CancellationToken.None));
        Assert.NotEmpty((await store.Inventory.CountAsync(CancellationToken.None)).Tenants);
        foreach (var table in KeyTableSchema.Tables)
        {
            Assert.Equal(-1, await host.ExecuteAsync(host.Auditor, $"SELECT * FROM {s_schema}.{table.Name}"));
        }

        await AssertForbiddenAsync(
            host,
            host.Auditor,
            [
                .. KeyTableSchema.Tables.Select(static table => $"INSERT INTO {s_schema}.{table.Name} SELECT * FROM {s_schema}.{table.Name}"),
                .. KeyTableSchema.Tables.Select(static table => $"UPDATE {s_schema}.{table.Name} SET {table.Columns[0].Name} = {table.Columns[0].Name}"),
                .. KeyTableSchema.Tables.Select(static table => $"DELETE FROM {s_schema}.{table.Name}"),
                .. KeyTableSchema.Tables.Select(static table => $"SELECT * FROM {s_schema}.{table.Name} FOR SHARE"),
            ],
            []);
    }

    [Fact]
    public void RoleScript_OfNamesThatCannotBe_IsRefused()
    {
        foreach (var (application, @operator, auditor) in new[] { ("", "b", "c"), ("a", "b\0", "c"), ("a", "b", new string('ä', 32)), ("a", "a", "c"), ("a", "b", "a") })
        {
            Assert.Throws<EncryptionModelException>(() => PostgreSqlKeyStore.RoleScript("public", application, @operator, auditor));
        }
    }

    private static string NewKey(string kind, string state) =>
        "INSERT INTO @key (key_id, tenant, kind, version, state, created_at, commitment, reserved_uses, row_version, mac) "
        + $"VALUES ({NewId}, 'active', '{kind}', 9, '{state}', now(), {Mac}, 0, 1, {Mac})";

    private static string NewWrap(string key, string wrapped = "mac") =>
        $"INSERT INTO @wrap (key_id, kek_id, kek_version, wrapped, valid_from) SELECT key_id, 'test:mine', '', {wrapped}, now() FROM @key WHERE {key}";

    private static async Task SeedAsync(RoleHost host)
    {
        var store = host.Open("postgres");
        Assert.True(await store.TryInsertKeyAsync(Rows.NewKey(Rows.Key("", kind: KeyKind.Installation)), CancellationToken.None));
        foreach (var (tenant, tenantState, keyState) in new[]
        {
            ("moved", TenantState.Active, KeyState.Active), ("suspended", TenantState.Active, KeyState.Suspended), ("compromised", TenantState.Active, KeyState.Compromised),
            ("deactivated", TenantState.Active, KeyState.Deactivated), ("scheduled", TenantState.ShredScheduled, KeyState.Active), ("shredded", TenantState.Shredded, KeyState.Destroyed),
        })
        {
            var row = Rows.NewKey(tenant);
            Assert.True(await store.TryInsertKeyAsync(row, CancellationToken.None));
            Assert.True(await store.TryChangeAsync(
                generation => new KeyChange(Rows.Next(row.Tenant! with { State = tenantState }, generation), [Rows.Next(row.Key, keyState)]), CancellationToken.None));
        }

        Assert.True(await store.TryInsertKeyAsync(Rows.NewKey("active"), CancellationToken.None));
        await store.Audit.ChainAsync(static (head, _) => [Rows.Entry(head)], CancellationToken.None);
        await store.Audit.AddAsync(Rows.Entry(), CancellationToken.None);
        await store.Jobs.ReportNodeAsync(Rows.Node(Rows.Time), CancellationToken.None);
        await store.TryWriteColumnsAsync([Rows.Column("name", "seed")], null, CancellationToken.None);
        Assert.True(await store.Jobs.TryAddAsync(Rows.Job(), null, CancellationToken.None));
    }

    private static async Task AssertForbiddenAsync(RoleHost host, string role, string[] refused, string[] withoutEffect)
    {
        foreach (var statement in refused)
        {
            var error = await Record.ExceptionAsync(() => host.ExecuteAsync(role, Named(statement)));
            Assert.True(error is PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege }, $"{statement}: {error?.Message ?? "done"}");
        }

        foreach (var statement in withoutEffect)
        {
            Assert.True(await host.ExecuteAsync("postgres", $"BEGIN; {Named(statement)}; ROLLBACK") > 0, statement);
            Assert.True(await host.ExecuteAsync(role, Named(statement)) == 0, statement);
        }
    }

    private static string Named(string statement) => statement.Replace("@", $"{s_schema}.columncrypt_", StringComparison.Ordinal);

    private static ColumnCryptInstance Start(RoleHost host, string role, SwitchableKek kek, TimeProvider time, SwitchableKek? own = null) =>
        ColumnCryptInstance.Create(cc => 
        {
            cc.AddKekProvider(own is null ? kek : new ChoosingProvider([kek, own])).UseKek(kek.Id).UseTenantKeks(static (_, _) => { }).UseKeyStore(() => host.Open(role)).UseTimeProvider(time);
            (cc.Bounds.RotateAtUses, cc.Bounds.UseLimit) = (3_000, 1 << 20);
        });

    private static async Task<byte[]> EncryptAsync(ColumnCryptInstance node, string value)
    {
        using var lease = await node.AcquireRingAsync("clinic-a", 1, default);
        return lease.Encrypt("p", value, ValueCodecs.For<string>());
    }

    private static KeyId KeyOf(byte[] value) => new(value.AsSpan(1, KeyId.Size));
}
