using System.Globalization;
using ColumnCrypt.Store.Sql;
using Npgsql;

namespace ColumnCrypt.PostgreSql;

/// <summary>Opens the key tables in a PostgreSQL database, and makes the script that creates them.</summary>
public static class PostgreSqlKeyStore
{
    /// <summary>
    /// The script that creates the key tables where they are missing, in one transaction under an advisory lock. It changes nothing
    /// where they exist.
    /// </summary>
    /// <param name="schema">The schema; made where it is missing.</param>
    public static string CreateScript(string schema = "public") => ScriptDialect(schema).CreateScript();

    /// <summary>
    /// The script that adds what key tables of an earlier ColumnCrypt lack, in one transaction under an advisory lock, as their owner. It writes no row,
    /// and changes nothing where nothing is lacking. Run <see cref="RoleScript"/> again behind it.
    /// </summary>
    /// <param name="schema">The schema.</param>
    public static string UpgradeScript(string schema = "public") => ScriptDialect(schema).UpgradeScript();

    /// <summary>
    /// The script that gives three roles, which exist, their rights on the key tables, and no others. Run it as the tables' owner, in
    /// one go; it may be run again. It turns row-level security on: whoever is neither the owner nor one of the three sees no rows.
    /// </summary>
    /// <param name="schema">The schema of the key tables.</param>
    /// <param name="application">
    /// The role of nodes: reads keys; adds tenants, keys, wraps of new keys, KEKs, manifest rows and unchained audit entries; reserves uses;
    /// rotates; reports itself. It destroys, suspends and schedules nothing, and changes no wrap.
    /// </param>
    /// <param name="operator">The role of operators: everything but changes of what the audit says, and deletions.</param>
    /// <param name="auditor">The role of auditors: reads everything.</param>
    /// <exception cref="EncryptionModelException">A name cannot be one, or two roles are the same.</exception>
    public static string RoleScript(string schema, string application, string @operator, string auditor) =>
        PostgreSqlRoles.Script(ScriptDialect(schema), schema, application, @operator, auditor);

    /// <summary>Makes a store. Does no I/O.</summary>
    /// <param name="connectionString">Npgsql's connection string of the primary, or of a pooler in front of it.</param>
    /// <param name="options">The options; null for the defaults.</param>
    /// <param name="timeProvider">The clock; null for the system's.</param>
    /// <exception cref="EncryptionModelException">The connection string or an option is wrong.</exception>
    public static SqlKeyStore Open(string connectionString, PostgreSqlKeyStoreOptions? options = null, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(connectionString);
        options ??= new PostgreSqlKeyStoreOptions();
        var bounds = new SqlKeyStoreOptions
        {
            CreateTables = options.CreateTables,
            Timeout = options.Timeout,
            TimeProvider = timeProvider ?? TimeProvider.System,
        };
        var settings = Parse(connectionString);
        var place = string.Create(CultureInfo.InvariantCulture, $"PostgreSQL at {settings.Host}:{settings.Port}, database {settings.Database ?? settings.Username}");
        var dialect = new PostgreSqlDialect(options.Schema, place, options.Timeout);
        var signal = options.ListenConnectionString is { } listen ? Signal(Parse(listen), settings, options.Schema, dialect) : null;
        Restrain(settings, bounds);
        return new SqlKeyStore(NpgsqlDataSource.Create(settings), dialect, bounds, signal);
    }

    private static PostgreSqlSignal Signal(NpgsqlConnectionStringBuilder listen, NpgsqlConnectionStringBuilder store, string schema, PostgreSqlDialect dialect)
    {
        listen.Database ??= store.Database ?? store.Username;
        return new PostgreSqlSignal(listen, schema, dialect.Place);
    }

    private static PostgreSqlDialect ScriptDialect(string schema) => new(schema, "PostgreSQL", new PostgreSqlKeyStoreOptions().Timeout);

    private static NpgsqlConnectionStringBuilder Parse(string connectionString)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(connectionString);
        }
        catch (Exception error) when (error is ArgumentException or FormatException or InvalidCastException)
        {
            // Without the cause: its message may hold part of the connection string, and with it a password.
            throw new EncryptionModelException($"The connection string of the key store is none for Npgsql ({error.GetType().Name}).");
        }
    }

    // Whatever would leave something behind on a session, or take the application's transaction along, is off.
    private static void Restrain(NpgsqlConnectionStringBuilder settings, SqlKeyStoreOptions bounds)
    {
        settings.Enlist = false;
        settings.MaxAutoPrepare = 0;
        settings.NoResetOnClose = true;
        settings.Multiplexing = false;
        settings.IncludeErrorDetail = false;
        settings.MinPoolSize = 0;
        settings.MaxPoolSize = bounds.MaxConnections;
        settings.Timeout = Seconds(bounds.Timeout);
        settings.CommandTimeout = Seconds(bounds.CreateTimeout);
        settings.CancellationTimeout = 500;
        settings.ApplicationName ??= "ColumnCrypt";
    }

    private static int Seconds(TimeSpan time) => (int)Math.Clamp(Math.Ceiling(time.TotalSeconds), 1, 1024);
}
