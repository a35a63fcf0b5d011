using ColumnCrypt.Sqlite;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Keeps keys in SQLite.</summary>
public static class SqliteKeyStoreBuilderExtensions
{
    /// <summary>Keeps the keys of every tenant in the key tables of one SQLite file, which many processes of one machine may share.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="connectionString">Microsoft.Data.Sqlite's connection string; best a file that holds nothing else.</param>
    /// <param name="configure">Changes the options.</param>
    /// <exception cref="ColumnCrypt.EncryptionModelException">The connection string or an option is wrong; raised when the store is opened.</exception>
    public static ColumnCryptBuilder UseSqliteKeyStore(
        this ColumnCryptBuilder builder, string connectionString, Action<SqliteKeyStoreOptions>? configure = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(connectionString);
        return builder.UseSqliteKeyStore(_ => connectionString, configure);
    }

    /// <summary>Keeps the keys of each tenant in a SQLite file that a delegate names: for a database per tenant.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="connectionStringOfTenant">Gives the connection string of a tenant's file. Always the same for one tenant.</param>
    /// <param name="configure">Changes the options, which hold for every file.</param>
    /// <exception cref="ColumnCrypt.EncryptionModelException">The connection string or an option is wrong; raised when the store is opened.</exception>
    public static ColumnCryptBuilder UseSqliteKeyStore(
        this ColumnCryptBuilder builder, Func<string, string> connectionStringOfTenant, Action<SqliteKeyStoreOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(connectionStringOfTenant);
        var options = new SqliteKeyStoreOptions();
        configure?.Invoke(options);
        return builder.UseKeyStore(connectionStringOfTenant, connectionString => SqliteKeyStore.Open(connectionString, options, builder.TimeProvider));
    }
}
