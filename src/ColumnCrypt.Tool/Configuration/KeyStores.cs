using System.Data.Common;
using ColumnCrypt.PostgreSql;
using ColumnCrypt.Sqlite;
using ColumnCrypt.Store;
using ColumnCrypt.Tool.Running;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace ColumnCrypt.Tool.Configuration;

/// <summary>The key stores that the command knows.</summary>
internal static class KeyStores
{
    /// <summary>Uses the configured store. Tables are made by <c>init</c> alone.</summary>
    public static ColumnCryptBuilder UseKeyStore(this ColumnCryptBuilder builder, Settings settings, bool createTables)
    {
        string connection = ConnectionOf(settings);
        return ProviderOf(settings) switch
        {
            StoreProvider.Sqlite => builder.UseSqliteKeyStore(connection, options => options.CreateTables = createTables),
            _ => builder.UsePostgreSqlKeyStore(connection, options => options.Schema = settings.Schema),
        };
    }

    /// <summary>The configured store by itself, for what needs no KEK.</summary>
    public static IKeyStore Open(Settings settings, TimeProvider time)
    {
        string connection = ConnectionOf(settings);
        return ProviderOf(settings) switch
        {
            StoreProvider.Sqlite => SqliteKeyStore.Open(connection, new SqliteKeyStoreOptions { CreateTables = false }, time),
            _ => PostgreSqlKeyStore.Open(connection, new PostgreSqlKeyStoreOptions { Schema = settings.Schema }, time),
        };
    }

    /// <summary>The application's database, which is never made.</summary>
    public static DbDataSource OpenData(Settings settings, bool isReadOnly) => ProviderOf(settings) switch
    {
        StoreProvider.Sqlite => SqliteFactory.Instance.CreateDataSource(new SqliteConnectionStringBuilder(ConnectionOf(settings)) { Mode = isReadOnly ? SqliteOpenMode.ReadOnly : SqliteOpenMode.ReadWrite }.ToString()),
        _ => NpgsqlDataSource.Create(ConnectionOf(settings)),
    };

    /// <summary>The script that makes the key tables, or adds what they lack, and with roles their grants.</summary>
    public static string Script(Settings settings, (string Application, string Operator, string Auditor)? roles, bool isUpgrade) =>
        (ProviderOf(settings), roles) switch
    {
        (StoreProvider.Sqlite, null) => isUpgrade ? SqliteKeyStore.UpgradeScript() : SqliteKeyStore.CreateScript(),
        (StoreProvider.Sqlite, _) => throw CliException.Usage("--roles is for PostgreSQL: SQLite has no roles, only the rights of its file."),
        (_, null) => isUpgrade ? PostgreSqlKeyStore.UpgradeScript(settings.Schema) : PostgreSqlKeyStore.CreateScript(settings.Schema),
        (_, var (application, @operator, auditor)) => Script(settings, null, isUpgrade).TrimEnd() + "\n\n"
            + PostgreSqlKeyStore.RoleScript(settings.Schema, application, @operator, auditor),
    };

    /// <summary>Objects where no store is configured.</summary>
    public static void Demand(Settings settings)
    {
        ProviderOf(settings);
        ConnectionOf(settings);
    }

    private static StoreProvider ProviderOf(Settings settings) =>
        settings.Provider ?? throw CliException.Usage("No provider is configured: --provider sqlite|postgresql, COLUMNCRYPT_PROVIDER, or \"provider\" in columncrypt.json.");

    private static string ConnectionOf(Settings settings) =>
        settings.Connection ?? throw CliException.Usage(
            "No key store is configured: --connection STRING, COLUMNCRYPT_CONNECTION, or \"connection\" in columncrypt.json; see columncrypt --help.");
}
