namespace ColumnCrypt.PostgreSql;

/// <summary>How the key tables in a PostgreSQL database are reached.</summary>
public sealed class PostgreSqlKeyStoreOptions
{
    /// <summary>The schema of the key tables: 1 to 63 bytes of UTF-8. Default: <c>public</c>.</summary>
    public string Schema { get; set; } = "public";

    /// <summary>
    /// Whether the application creates the schema, the tables and the installation key where they are missing. Default: no; a DBA
    /// runs <see cref="PostgreSqlKeyStore.CreateScript"/> or a migration, and an operator <c>IKeyManager.InitAsync</c>.
    /// </summary>
    public bool CreateTables { get; set; }

    /// <summary>How long a call may take before the key store counts as unavailable. Above zero; default 5 s.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Npgsql's connection string of the primary itself, with no pooler in between, over which the node listens for changes, so that they
    /// reach it at once; where it names no database, the key store's. One connection per database, of its own. Default: null; changes come
    /// by polling alone.
    /// </summary>
    public string? ListenConnectionString { get; set; }
}
