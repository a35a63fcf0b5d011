using ColumnCrypt.Store.Tests.Hosts;
using Xunit;

namespace ColumnCrypt.Store.Tests.Sql;

// Must hold 3
public sealed class TamperedRowTests
{
    public static TheoryData<string, string, string> Edits
    {
        get
        {
            (string Table, string Set)[] edits =
            [
                ("columncrypt_tenant", "state = 'active'"),
                ("columncrypt_tenant", "state = '1'"),
                ("columncrypt_tenant", "state = ''"),
                ("columncrypt_key", "state = 'Revoked'"),
                ("columncrypt_key", "state = 'Active, Destroyed'"),
                ("columncrypt_key", "kind = 'Data'"),
                ("columncrypt_key", "kind = 'tweak'"),
            ];
            TheoryData<string, string, string> data = [];
            foreach (var store in KeyStoreHosts.Sql)
            {
                foreach (var (table, set) in edits)
                {
                    data.Add(store.Data, table, set);
                }
            }

            return data;
        }
    }

    [Theory, MemberData(nameof(Edits))]
    public async Task ReadTenant_WhenARowHoldsAnUnknownName_IsTampered(string name, string table, string set)
    {
        await using var host = KeyStoreHosts.CreateSql(name);
        var store = await host.OpenCreatedAsync();
        Assert.True(await store.TryInsertKeyAsync(Rows.NewKey("clinic-a"), CancellationToken.None));
        await host.ExecuteUncheckedAsync(table, $"UPDATE {host.Prefix}{table} SET {set}");

        var error = await Assert.ThrowsAsync<KeyUnavailableException>(() => store.ReadTenantAsync("clinic-a", CancellationToken.None));

        Assert.Equal(KeyUnavailableReason.Tampered, error.Reason);
    }

    [Theory, MemberData(nameof(KeyStoreHosts.Sql), MemberType = typeof(KeyStoreHosts))]
    public async Task ReadKeks_WhenARowHoldsAnUnknownState_IsTampered(string name)
    {
        await using var host = KeyStoreHosts.CreateSql(name);
        var store = await host.OpenCreatedAsync();
        Assert.True(await store.TryInsertKeyAsync(Rows.NewKey("clinic-a"), CancellationToken.None));
        await host.ExecuteUncheckedAsync("columncrypt_kek", $"UPDATE {host.Prefix}columncrypt_kek SET state = 'Trusted'");

        var error = await Assert.ThrowsAsync<KeyUnavailableException>(() => store.ReadKeksAsync(CancellationToken.None));

        Assert.Equal(KeyUnavailableReason.Tampered, error.Reason);
        Assert.Contains("columncrypt_kek.state", error.Message, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(KeyStoreHosts.Sql), MemberType = typeof(KeyStoreHosts))]
    public async Task ReadTenant_WhenAKeyIdHasAnotherSize_IsTampered(string name)
    {
        await using var host = KeyStoreHosts.CreateSql(name);
        var store = await host.OpenCreatedAsync();
        Assert.True(await store.TryInsertKeyAsync(Rows.NewKey("clinic-a"), CancellationToken.None));
        await host.ExecuteUncheckedAsync("columncrypt_key", $"UPDATE {host.Prefix}columncrypt_key SET key_id = commitment");

        var error = await Assert.ThrowsAsync<KeyUnavailableException>(() => store.ReadTenantAsync("clinic-a", CancellationToken.None));

        Assert.Equal(KeyUnavailableReason.Tampered, error.Reason);
    }

    [Fact]
    public async Task ReadTenant_WhenSqliteHoldsNoTimeWhereOneBelongs_IsTampered()
    {
        await using var host = new SqliteHost();
        var store = await host.OpenCreatedAsync();
        Assert.True(await store.TryInsertKeyAsync(Rows.NewKey("clinic-a"), CancellationToken.None));
        await host.ExecuteAsync("UPDATE columncrypt_key SET created_at = 'yesterday'");

        var error = await Assert.ThrowsAsync<KeyUnavailableException>(() => store.ReadTenantAsync("clinic-a", CancellationToken.None));

        Assert.Equal(KeyUnavailableReason.Tampered, error.Reason);
    }

    [Fact]
    public async Task ReadTenant_WhenPostgreSqlHoldsNullWhereAValueBelongs_IsTampered()
    {
        await using var host = new PostgreSqlHost();
        var store = await host.OpenCreatedAsync();
        Assert.True(await store.TryInsertKeyAsync(Rows.NewKey("clinic-a"), CancellationToken.None));
        await host.ExecuteAsync("ALTER TABLE columncrypt_key ALTER COLUMN mac DROP NOT NULL; UPDATE columncrypt_key SET mac = NULL");

        var error = await Assert.ThrowsAsync<KeyUnavailableException>(() => store.ReadTenantAsync("clinic-a", CancellationToken.None));

        Assert.Equal(KeyUnavailableReason.Tampered, error.Reason);
        Assert.Contains("columncrypt_key.mac", error.Message, StringComparison.Ordinal);
    }
}
