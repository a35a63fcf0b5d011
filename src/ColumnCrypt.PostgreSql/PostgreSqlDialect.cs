using System.Data;
using System.Data.Common;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using ColumnCrypt.Store.Schema;
using ColumnCrypt.Store.Sql;
using Npgsql;

namespace ColumnCrypt.PostgreSql;

/// <summary>The key tables in PostgreSQL 12 or later: always qualified, ids compared byte by byte, nothing set on a session.</summary>
internal sealed class PostgreSqlDialect : KeyStoreDialect
{
    private const int MaxIdentifierBytes = 63;
    private const string IdleInTransactionSessionTimeout = "25P03";

    /// <summary>The channel on which changes are announced, the schema as payload; for every schema the same, which no name makes too long.</summary>
    public const string Channel = "columncrypt";

    private readonly string _schema;
    private readonly string _limitIdleness;

    /// <param name="schema">The schema of the key tables.</param>
    /// <param name="place">Where they are, for messages.</param>
    /// <param name="timeout">How long the server keeps a transaction, and its locks, of a node that says nothing any more.</param>
    public PostgreSqlDialect(string schema, string place, TimeSpan timeout)
    {
        if (string.IsNullOrEmpty(schema) || Encoding.UTF8.GetByteCount(schema) > MaxIdentifierBytes || schema.AsSpan().ContainsAny('\0', '$'))
        {
            throw new EncryptionModelException($"The Schema of the key tables has 1 to {MaxIdentifierBytes} bytes and neither '$' nor NUL.");
        }

        _schema = schema;
        Place = $"{place}, schema {schema}";
        int idleness = (int)Math.Clamp(Math.Ceiling(timeout.TotalMilliseconds), 1, int.MaxValue);
        _limitIdleness = string.Create(CultureInfo.InvariantCulture, $"SET LOCAL idle_in_transaction_session_timeout = {idleness}");
    }

    public override string Place { get; }

    // With a plain join the planner reads a table whole that a page names a hundredth of. OFFSET keeps the subquery one.
    public override string LookUp(string table, string alias, string condition) =>
        $"LEFT JOIN LATERAL (SELECT {alias}.* FROM {table} {alias} WHERE {condition} OFFSET 0) {alias} ON true";

    public override string LockForShare => "FOR SHARE";

    public override string LockForUpdate => "FOR UPDATE";

    public override bool TakesArrays => true;

    public override string Announcement => $"pg_catalog.pg_notify('{Channel}', {Literal(_schema)})";

    // Creators queue before lock_timeout counts; from then on they alone hold what they need, or an application is in the way.
    public override IReadOnlyList<string> CreatePreamble =>
    [
        $"SELECT pg_catalog.pg_advisory_xact_lock({KeyTableSchema.CreateLock})",
        "SET LOCAL lock_timeout = '3s'",
        $"""
        DO $columncrypt$ BEGIN
            IF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = {Literal(_schema)}) THEN
                CREATE SCHEMA {Quote(_schema)};
            END IF;
        END $columncrypt$
        """,
    ];

    protected override string BeginScript => "BEGIN";

    // In the catalogue alone, since PostgreSQL 11: the default is no expression.
    protected override string AddColumn(string table, string definition) => $"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {definition}";

    public override string TypeName(KeyColumnType type) => type switch
    {
        KeyColumnType.Id => "text COLLATE \"C\"",
        KeyColumnType.Text => "text",
        KeyColumnType.Bytes => "bytea",
        KeyColumnType.Int => "integer",
        KeyColumnType.Long => "bigint",
        KeyColumnType.Time => "timestamp with time zone",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Unknown column type."),
    };

    public override string Qualify(KeyTable table) => $"{Quote(_schema)}.{Quote(table.Name)}";

    // A node that freezes or is cut off in a transaction can roll nothing back: the server does, instead of keeping the locks until
    // it notices that the connection is dead, which may take hours.
    public override async ValueTask<DbTransaction> BeginWriteAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellationToken).ConfigureAwait(false);
        try
        {
            var command = connection.CreateCommand();
            await using (command.ConfigureAwait(false))
            {
                command.CommandText = _limitIdleness;
                command.Transaction = transaction;
                await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            }

            return transaction;
        }
        catch
        {
            await transaction.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public override object WriteTime(DateTimeOffset time) => time;

    public override DateTimeOffset ReadTime(DbDataReader reader, int ordinal) => reader.GetFieldValue<DateTimeOffset>(ordinal);

    public override KeyStoreFault Classify(DbException error) => error switch
    {
        PostgresException { SqlState: PostgresErrorCodes.UniqueViolation } => KeyStoreFault.Duplicate,
        PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } => KeyStoreFault.Denied,
        PostgresException { SqlState: PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName } => KeyStoreFault.TablesMissing,
        PostgresException { SqlState: PostgresErrorCodes.UndefinedColumn } => KeyStoreFault.TablesOutdated,
        PostgresException
        {
            SqlState: PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.DeadlockDetected
                or PostgresErrorCodes.SerializationFailure or IdleInTransactionSessionTimeout
        } => KeyStoreFault.Retry,
        NpgsqlException { InnerException: IOException or SocketException } => KeyStoreFault.Retry,
        _ => KeyStoreFault.Unavailable,
    };

    private static string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}
