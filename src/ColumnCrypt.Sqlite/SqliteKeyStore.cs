using ColumnCrypt.Store.Sql;
using Microsoft.Data.Sqlite;

namespace ColumnCrypt.Sqlite;

/// <summary>Opens the key tables in a SQLite file of their own, and makes the script that creates them.</summary>
public static class SqliteKeyStore
{
    /// <summary>The script that creates the key tables where they are missing. It changes nothing where they exist.</summary>
    public static string CreateScript() => new SqliteDialect("").CreateScript();

    /// <summary>
    /// The script that adds what key tables of an earlier ColumnCrypt lack. It writes no row. SQLite cannot ask whether a column is there: where nothing is
    /// lacking it says <c>duplicate column name</c>, and nothing is changed.
    /// </summary>
    public static string UpgradeScript() => "-- Where a column is there already, this says 'duplicate column name' and changes nothing.\n" + new SqliteDialect("").UpgradeScript();

    /// <summary>Makes a store. Does no I/O.</summary>
    /// <param name="connectionString">Microsoft.Data.Sqlite's connection string; its data source is a file.</param>
    /// <param name="options">The options; null for the defaults.</param>
    /// <param name="timeProvider">The clock; null for the system's.</param>
    /// <exception cref="EncryptionModelException">The connection string or an option is wrong.</exception>
    public static SqlKeyStore Open(string connectionString, SqliteKeyStoreOptions? options = null, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(connectionString);
        options ??= new SqliteKeyStoreOptions();
        var bounds = new SqlKeyStoreOptions
        {
            CreateTables = options.CreateTables,
            Timeout = options.Timeout,
            TimeProvider = timeProvider ?? TimeProvider.System,
        };
        var settings = Parse(connectionString);
        if (settings.Mode == SqliteOpenMode.Memory || settings.DataSource is "" or ":memory:")
        {
            throw new EncryptionModelException("The key store of SQLite is a file. For tests, keep the keys in memory with UseInMemoryKeys().");
        }

        if (!options.CreateTables && settings.Mode == SqliteOpenMode.ReadWriteCreate)
        {
            settings.Mode = SqliteOpenMode.ReadWrite;
        }

        settings.DefaultTimeout = (int)Math.Clamp(Math.Ceiling(options.Timeout.TotalSeconds), 1, int.MaxValue);
        return new SqlKeyStore(new SqliteKeyDataSource(settings.ToString(), options.Timeout), new SqliteDialect(settings.DataSource), bounds);
    }

    private static SqliteConnectionStringBuilder Parse(string connectionString)
    {
        try
        {
            return new SqliteConnectionStringBuilder(connectionString);
        }
        catch (Exception error) when (error is ArgumentException or FormatException or InvalidCastException)
        {
            // Without the cause: its message may hold part of the connection string, and with it a password.
            throw new EncryptionModelException($"The connection string of the key store is none for Microsoft.Data.Sqlite ({error.GetType().Name}).");
        }
    }
}
