using ColumnCrypt.Store.Tests.Contract;
using ColumnCrypt.Store.Tests.Hosts;
using Xunit;

namespace ColumnCrypt.Store.Tests.Sql;

public sealed class MissingTablesTests
{
    [Theory, MemberData(nameof(KeyStoreHosts.Sql), MemberType = typeof(KeyStoreHosts))]
    public async Task EveryCall_WithoutTables_SaysWhatToRun(string name)
    {
        await using var host = KeyStoreHosts.CreateSql(name);
        await AssertNotInitializedAsync(host.Open());
    }

    [Theory, MemberData(nameof(KeyStoreHosts.Sql), MemberType = typeof(KeyStoreHosts))]
    public async Task EveryCall_WithoutTablesThatTheApplicationMayCreate_CreatesNothing(string name)
    {
        await using var host = KeyStoreHosts.CreateSql(name);
        host.CreateTables = false;
        await AssertNotInitializedAsync(host.Open());
        Assert.False(host is SqliteHost sqlite && File.Exists(sqlite.File));
    }

    [Theory, MemberData(nameof(KeyStoreHosts.Sql), MemberType = typeof(KeyStoreHosts))]
    public async Task CreateTables_WhenANewerColumnCryptMadeThem_SaysSo(string name)
    {
        await using var host = KeyStoreHosts.CreateSql(name);
        var store = await host.OpenCreatedAsync();
        await host.ExecuteAsync($"UPDATE {host.Prefix}columncrypt_schema SET version = 2");

        var error = await Assert.ThrowsAsync<KeyUnavailableException>(() => store.CreateTablesAsync(CancellationToken.None));

        Assert.Equal(KeyUnavailableReason.NotInitialized, error.Reason);
        Assert.Contains("version 2", error.Message, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(KeyStoreHosts.Sql), MemberType = typeof(KeyStoreHosts))]
    public async Task Script_RunTwiceByADba_MakesTheTablesOnce(string name)
    {
        await using var host = KeyStoreHosts.CreateSql(name);
        await host.ExecuteAsync(host.Script);
        host.CreateTables = false;
        var store = host.Open();
        var row = Rows.NewKey("clinic-a");
        Assert.True(await store.TryInsertKeyAsync(row, CancellationToken.None));
        Assert.True(await store.TryChangeAsync(generation => new KeyChange(Rows.Next(row.Tenant!, generation), []), CancellationToken.None));

        await host.ExecuteAsync(host.Script);

        Assert.Equal(1, await store.ReadGenerationAsync(CancellationToken.None));
        Assert.Single((await store.ReadTenantAsync("clinic-a", CancellationToken.None)).Keys);
    }

    // The tables of the version before adoptions, with a row in them.
    [Theory, MemberData(nameof(KeyStoreHosts.Sql), MemberType = typeof(KeyStoreHosts))]
    public async Task Manifest_OfAnEarlierVersion_SaysWhatToRun_AndTheScriptMayRunTwice(string name)
    {
        await using var host = KeyStoreHosts.CreateSql(name);
        var made = await host.OpenCreatedAsync();
        var column = Rows.Column("ssn");
        Assert.True(await made.TryWriteColumnsAsync([column], null, CancellationToken.None));
        await host.ExecuteAsync($"ALTER TABLE {host.Prefix}columncrypt_column DROP COLUMN adoption");
        host.CreateTables = false;
        var store = host.Open();

        foreach (var call in new Func<Task>[] { () => store.ReadColumnsAsync("clinic", CancellationToken.None), () => store.TryWriteColumnsAsync([Rows.Column("name")], null, CancellationToken.None) })
        {
            var error = await Assert.ThrowsAsync<KeyUnavailableException>(call);
            Assert.Equal((KeyUnavailableReason.NotInitialized, false), (error.Reason, error.IsTransient));
            Assert.Contains("columncrypt init --upgrade --script", error.Message, StringComparison.Ordinal);
        }

        // Keys are not in the manifest.
        Assert.True(await store.TryInsertKeyAsync(Rows.NewKey("clinic-a"), CancellationToken.None));
        Assert.Single((await store.ReadTenantAsync("clinic-a", CancellationToken.None)).Keys);

        await host.ExecuteAsync(host.UpgradeScript);
        RowAssert.Equal(column, Assert.Single(await store.ReadColumnsAsync("clinic", CancellationToken.None)));
        var adopted = Rows.Column("name") with { Adoption = """{"state":"dual"}""" };
        Assert.True(await store.TryWriteColumnsAsync([adopted], null, CancellationToken.None));
        var again = await Record.ExceptionAsync(() => host.ExecuteAsync(host.UpgradeScript));
        Assert.Equal(host is SqliteHost, again?.Message.Contains("duplicate column name", StringComparison.Ordinal) == true);
        Assert.Equal(host is SqliteHost, again is not null);
        RowAssert.Equal(adopted, (await store.ReadColumnsAsync("clinic", CancellationToken.None)).Single(static row => row.Adoption.Length > 0));
    }

    [Theory, MemberData(nameof(KeyStoreHosts.Sql), MemberType = typeof(KeyStoreHosts))]
    public async Task CreateTables_OfAnEarlierVersion_AddsWhatTheyLack_WhereTheApplicationMay(string name)
    {
        await using var host = KeyStoreHosts.CreateSql(name);
        await host.OpenCreatedAsync();
        await host.ExecuteAsync($"ALTER TABLE {host.Prefix}columncrypt_column DROP COLUMN adoption");
        host.CreateTables = false;
        var refused = host.Open();
        await refused.CreateTablesAsync(CancellationToken.None);
        await Assert.ThrowsAsync<KeyUnavailableException>(() => refused.ReadColumnsAsync("clinic", CancellationToken.None));

        host.CreateTables = true;
        var store = host.Open();
        await store.CreateTablesAsync(CancellationToken.None);
        Assert.Empty(await store.ReadColumnsAsync("clinic", CancellationToken.None));
    }

    [Theory, MemberData(nameof(KeyStoreHosts.Sql), MemberType = typeof(KeyStoreHosts))]
    public async Task ReadChangedTenants_OfMoreThanAPage_GivesAllOnce(string name)
    {
        await using var host = KeyStoreHosts.CreateSql(name);
        var store = await host.OpenCreatedAsync();
        var mac = host is SqliteHost ? "zeroblob(32)" : "decode(repeat('00', 32), 'hex')";
        var time = host is SqliteHost ? "'2026-01-01T00:00:00.000Z'" : "now()";

        // 12,000 tenants of two generations each: pages end within a generation.
        await host.ExecuteAsync($"""
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12000)
            INSERT INTO {host.Prefix}columncrypt_tenant (tenant, state, created_at, generation, row_version, mac)
            SELECT 't' || i, 'Active', {time}, i / 6000 + 1, 1, {mac} FROM n
            """);

        Assert.Equal(12_000, (await store.ReadChangedTenantsAsync(0, CancellationToken.None)).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(6_001, (await store.ReadChangedTenantsAsync(1, CancellationToken.None)).Count);
    }

    private static async Task AssertNotInitializedAsync(IKeyStore store)
    {
        foreach (var call in Calls.Of(store))
        {
            var error = await Assert.ThrowsAsync<KeyUnavailableException>(() => call(CancellationToken.None));
            Assert.Equal(KeyUnavailableReason.NotInitialized, error.Reason);
            Assert.Contains("IKeyManager.InitAsync", error.Message, StringComparison.Ordinal);
            Assert.False(error.IsTransient);
        }
    }
}
