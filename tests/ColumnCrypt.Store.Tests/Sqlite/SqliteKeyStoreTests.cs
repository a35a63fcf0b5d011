using ColumnCrypt.Sqlite;
using ColumnCrypt.Store.Tests.Hosts;
using Microsoft.Data.Sqlite;
using Xunit;

namespace ColumnCrypt.Store.Tests.Sqlite;

public sealed class SqliteKeyStoreTests
{
    [Fact]
    public async Task TryInsertKey_WhileAnotherHoldsTheFile_IsUnavailableAfterTheTimeout()
    {
        await using var host = new SqliteHost();
        var patient = await host.OpenCreatedAsync();
        host.Timeout = TimeSpan.FromMilliseconds(300);
        var store = host.Open();
        await using var other = new SqliteConnection($"{host.ConnectionString};Pooling=False");
        await other.OpenAsync();
        await using (var writing = other.BeginTransaction(deferred: false))
        {
            var error = await Assert.ThrowsAsync<KeyUnavailableException>(() => store.TryInsertKeyAsync(Rows.NewKey("clinic-a"), CancellationToken.None));
            Assert.Equal(KeyUnavailableReason.Unavailable, error.Reason);

            Assert.Null((await patient.ReadTenantAsync("clinic-a", CancellationToken.None)).Tenant);
        }

        Assert.True(await patient.TryInsertKeyAsync(Rows.NewKey("clinic-a"), CancellationToken.None));
    }

    [Fact]
    public async Task EveryCall_WhenTheFileIsNoDatabase_IsUnavailable()
    {
        await using var host = new SqliteHost();
        await File.WriteAllTextAsync(host.File, new string('x', 4_096));
        var error = await Assert.ThrowsAsync<KeyUnavailableException>(() => host.Open().ReadGenerationAsync(CancellationToken.None));
        Assert.Equal(KeyUnavailableReason.Unavailable, error.Reason);
    }

    [Fact]
    public async Task CreateTables_OnANewFile_TurnsOnWriteAheadLogging()
    {
        await using var host = new SqliteHost();
        await host.OpenCreatedAsync();
        Assert.Equal("wal", Assert.Single(await host.QueryAsync("PRAGMA journal_mode")));
    }

    [Fact]
    public async Task Dispose_AfterUse_LetsGoOfTheFile()
    {
        await using var host = new SqliteHost();
        await using (var store = SqliteKeyStore.Open(host.ConnectionString))
        {
            await store.CreateTablesAsync(CancellationToken.None);
        }

        Assert.False(File.Exists($"{host.File}-wal"));
        await using (var store = SqliteKeyStore.Open(host.ConnectionString))
        {
            Assert.Equal(0, await store.ReadGenerationAsync(CancellationToken.None));
        }
    }

    [Theory]
    [InlineData("Data Source=:memory:")]
    [InlineData("Data Source=")]
    [InlineData("Data Source=keys;Mode=Memory;Cache=Shared")]
    [InlineData("Data Source=keys.db;Passwort=s3cret-canary")]
    public void Open_OfWhatIsNoFile_IsRefused(string connectionString)
    {
        var error = Assert.Throws<EncryptionModelException>(() => SqliteKeyStore.Open(connectionString));
        Assert.DoesNotContain("canary", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_WithOptionsOutOfRange_IsRefused() =>
        Assert.Throws<EncryptionModelException>(static () => SqliteKeyStore.Open("Data Source=keys.db", new() { Timeout = TimeSpan.Zero }));
}
