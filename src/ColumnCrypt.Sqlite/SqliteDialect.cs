using System.Data;
using System.Data.Common;
using System.Globalization;
using ColumnCrypt.Store.Schema;
using ColumnCrypt.Store.Sql;
using Microsoft.Data.Sqlite;

namespace ColumnCrypt.Sqlite;

/// <summary>The key tables in a SQLite 3.35 or later file. Times are ISO 8601 text; writers queue from the start of a transaction.</summary>
/// <param name="file">The file.</param>
internal sealed class SqliteDialect(string file) : KeyStoreDialect
{
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
    private const int Error = 1;
    private const int CannotOpen = 14;
    private const int PrimaryKeyViolation = 1555;
    private const int UniqueViolation = 2067;

    public override string Place => $"SQLite file {file}";

    public override IReadOnlyList<string> BeforeCreate => ["PRAGMA journal_mode = WAL"];

    protected override string BeginScript => "BEGIN IMMEDIATE";

    public override string TypeName(KeyColumnType type) => type switch
    {
        KeyColumnType.Id or KeyColumnType.Text or KeyColumnType.Time => "TEXT",
        KeyColumnType.Bytes => "BLOB",
        KeyColumnType.Int or KeyColumnType.Long => "INTEGER",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Unknown column type."),
    };

    public override string Qualify(KeyTable table) => Quote(table.Name);

    // BEGIN IMMEDIATE: a transaction that reads first and writes later would fail at once when another wrote in between.
    public override ValueTask<DbTransaction> BeginWriteAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new(((SqliteConnection)connection).BeginTransaction(IsolationLevel.Serializable, deferred: false));
    }

    public override object WriteTime(DateTimeOffset time) => time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);

    public override DateTimeOffset ReadTime(DbDataReader reader, int ordinal) => DateTimeOffset.ParseExact(
        reader.GetString(ordinal), TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);

    public override KeyStoreFault Classify(DbException error) => error switch
    {
        SqliteException { SqliteExtendedErrorCode: PrimaryKeyViolation or UniqueViolation } => KeyStoreFault.Duplicate,
        SqliteException { SqliteErrorCode: Error } when error.Message.Contains("no such table", StringComparison.Ordinal) => KeyStoreFault.TablesMissing,
        SqliteException { SqliteErrorCode: Error } when error.Message.Contains("no such column", StringComparison.Ordinal)
            || error.Message.Contains("has no column named", StringComparison.Ordinal) => KeyStoreFault.TablesOutdated,
        SqliteException { SqliteErrorCode: CannotOpen } when !File.Exists(file) => KeyStoreFault.TablesMissing,
        _ => KeyStoreFault.Unavailable,
    };
}
