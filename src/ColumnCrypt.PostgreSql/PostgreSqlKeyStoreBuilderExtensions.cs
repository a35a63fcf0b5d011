using ColumnCrypt.PostgreSql;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Keeps keys in PostgreSQL.</summary>
public static class PostgreSqlKeyStoreBuilderExtensions
{
    /// <summary>
    /// Keeps the keys of every tenant in the key tables of one PostgreSQL database. At most two connections are open at once; they
    /// are the key store's own.
    /// </summary>
    /// <param name="builder">The builder.</param>
    /// <param name="connectionString">Npgsql's connection string of the primary, or of a pooler in front of it.</param>
    /// <param name="configure">Changes the options.</param>
    /// <exception cref="ColumnCrypt.EncryptionModelException">The connection string or an option is wrong; raised when the store is opened.</exception>
    public static ColumnCryptBuilder UsePostgreSqlKeyStore(
        this ColumnCryptBuilder builder, string connectionString, Action<PostgreSqlKeyStoreOptions>? configure = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(connectionString);
        return builder.UsePostgreSqlKeyStore(_ => connectionString, configure);
    }

    /// <summary>Keeps the keys of each tenant in a PostgreSQL database that a delegate names: for a database per tenant.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="connectionStringOfTenant">Gives the connection string of a tenant's database. Always the same for one tenant.</param>
    /// <param name="configure">Changes the options, which hold for every database.</param>
    /// <exception cref="ColumnCrypt.EncryptionModelException">The connection string or an option is wrong; raised when the store is opened.</exception>
    public static ColumnCryptBuilder UsePostgreSqlKeyStore(
        this ColumnCryptBuilder builder, Func<string, string> connectionStringOfTenant, Action<PostgreSqlKeyStoreOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(connectionStringOfTenant);
        var options = new PostgreSqlKeyStoreOptions();
        configure?.Invoke(options);
        return builder.UseKeyStore(connectionStringOfTenant, connectionString => PostgreSqlKeyStore.Open(connectionString, options, builder.TimeProvider));
    }
}
