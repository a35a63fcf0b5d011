using ColumnCrypt.PostgreSql;
using ColumnCrypt.Sqlite;
using ColumnCrypt.Store;
using ColumnCrypt.Tool.Running;
using Microsoft.Extensions.DependencyInjection;

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

    /// <summary>The script that makes the key tables.</summary>
    public static string Script(Settings settings, (string Application, string Operator, string Auditor)? roles) => ProviderOf(settings) switch
    {
        StoreProvider.Sqlite => SqliteKeyStore.CreateScript(),
        _ => PostgreSqlKeyStore.CreateScript(settings.Schema),
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
