using ColumnCrypt.Configuration;
using ColumnCrypt.Format;
using ColumnCrypt.Kek;
using ColumnCrypt.Store.Tests.Hosts;
using ColumnCrypt.TestSupport;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ColumnCrypt.Store.Tests.Configuration;

public sealed class BuilderExtensionsTests
{
    private const string Passphrase = "a passphrase for tests";

    [Fact]
    public async Task UseSqliteKeyStore_WithADelegate_KeepsEachTenantInItsOwnFile()
    {
        using var folder = new TempFolder();
        await using var instance = Create(folder, cc => cc.UseSqliteKeyStore(tenant => $"Data Source={folder.File(tenant)}.db"));

        await EncryptAsync(instance, "clinic-a");
        await EncryptAsync(instance, "clinic-b");

        Assert.Equal(["clinic-a"], await QueryAsync(folder.File("clinic-a.db"), "SELECT tenant FROM columncrypt_tenant"));
        Assert.Equal(["clinic-b"], await QueryAsync(folder.File("clinic-b.db"), "SELECT tenant FROM columncrypt_tenant"));
    }

    [Fact]
    public async Task UseSqliteKeyStore_WithoutCreateTables_SaysWhatToRun()
    {
        using var folder = new TempFolder();
        await using var instance = Create(folder, cc => cc.UseSqliteKeyStore($"Data Source={folder.File("keys.db")}", static o => o.CreateTables = false));
        var error = await Assert.ThrowsAsync<KeyUnavailableException>(() => EncryptAsync(instance, "clinic-a"));
        Assert.Equal(KeyUnavailableReason.NotInitialized, error.Reason);
    }

    [Fact]
    public async Task UsePostgreSqlKeyStore_ByDefault_CreatesNothing()
    {
        await using var host = new PostgreSqlHost();
        using var folder = new TempFolder();
        await using (var refused = Create(folder, cc => cc.UsePostgreSqlKeyStore(host.ConnectionString)))
        {
            var error = await Assert.ThrowsAsync<KeyUnavailableException>(() => EncryptAsync(refused, "clinic-a"));
            Assert.Equal(KeyUnavailableReason.NotInitialized, error.Reason);
        }

        Assert.Empty(await host.QueryAsync("SELECT tablename FROM pg_tables WHERE tablename LIKE 'columncrypt%'"));
    }

    [Fact]
    public async Task UsePostgreSqlKeyStore_WithOptions_UsesTheSchemaAndADatabasePerTenant()
    {
        await using var first = new PostgreSqlHost();
        await using var second = new PostgreSqlHost();
        using var folder = new TempFolder();
        await using var instance = Create(folder, cc => cc.UsePostgreSqlKeyStore(
            tenant => tenant == "clinic-a" ? first.ConnectionString : second.ConnectionString,
            static o =>
            {
                o.Schema = "tenant_keys";
                o.CreateTables = true;
            }));

        await EncryptAsync(instance, "clinic-a");
        await EncryptAsync(instance, "clinic-b");

        Assert.Equal(["clinic-a"], await first.QueryAsync("SELECT tenant FROM tenant_keys.columncrypt_tenant"));
        Assert.Equal(["clinic-b"], await second.QueryAsync("SELECT tenant FROM tenant_keys.columncrypt_tenant"));
        Assert.Empty(await first.QueryAsync("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE 'columncrypt%'"));
    }

    [Fact]
    public async Task UseSqliteKeyStore_TakesTheClockOfTheBuilder_WhereverItIsGiven()
    {
        using var folder = new TempFolder();
        var time = new ManualTimeProvider();
        await using var instance = Create(folder, cc => cc.UseSqliteKeyStore($"Data Source={folder.File("keys.db")}").UseTimeProvider(time));
        await EncryptAsync(instance, "clinic-a");

        Assert.Equal(["2026-01-01T00:00:00.000Z"], await QueryAsync(folder.File("keys.db"), "SELECT created_at FROM columncrypt_tenant"));
    }

    private static ColumnCryptInstance Create(TempFolder folder, Action<ColumnCryptBuilder> configure)
    {
        if (!File.Exists(folder.File("kek.json")))
        {
            FileKek.Create(folder.File("kek.json"), Passphrase, new FileKekOptions { Iterations = 100_000 });
        }

        return ColumnCryptInstance.Create(cc => configure(cc.UseKek($"file:{folder.File("kek.json")}", static o => o.Passphrase = Passphrase)));
    }

    private static async Task EncryptAsync(ColumnCryptInstance instance, string tenant)
    {
        using var lease = await instance.AcquireRingAsync(tenant, 1, CancellationToken.None);
        var value = lease.Encrypt("patient.name", "Ada", ValueCodecs.For<string>());
        Assert.Equal("Ada", lease.Decrypt("patient.name", value, ValueCodecs.For<string>()));
    }

    private static async Task<List<string>> QueryAsync(string file, string sql)
    {
        await using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await using var reader = await command.ExecuteReaderAsync();
        List<string> rows = [];
        while (await reader.ReadAsync())
        {
            rows.Add(reader.GetString(0));
        }

        return rows;
    }
}
