using System.Data.Common;
using System.Globalization;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Rows;

/// <summary>
/// The application's database: statements over its columns that the manifest knows. SQL that SQLite and
/// PostgreSQL share: row values, <c>substr</c> over bytes. Names are quoted whole; every value is a parameter. Not thread-safe.
/// </summary>
internal sealed class DataDatabase(DbConnection connection)
{
    /// <summary>True for SQLite, false for PostgreSQL.</summary>
    public bool IsSqlite => ConnectionKind.IsSqlite(connection);

    /// <summary>The columns that are in a database, table by table.</summary>
    /// <param name="columns">Columns of the manifest.</param>
    /// <param name="database">The database, as the manifest names it.</param>
    public static IEnumerable<IReadOnlyList<ColumnRecord>> TablesOf(IEnumerable<ColumnRecord> columns, string database) =>
        columns.Where(column => column.Database == database).GroupBy(static column => (column.Schema, column.Table)).Select(static table => table.ToList());

    /// <summary>True where SQLite says that another holds the database, or a table of a shared cache. Its client has no word for that but the message.</summary>
    public static bool IsSqliteBusy(DbException error) =>
        error.Message.Contains("database is locked", StringComparison.Ordinal) || error.Message.Contains("table is locked", StringComparison.Ordinal);

    /// <summary>A name as SQL has it.</summary>
    public static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>The table of a column as SQL has it.</summary>
    public static string TableOf(ColumnRecord column) => TableOf(column.Schema, column.Table);

    /// <summary>A table as SQL has it.</summary>
    public static string TableOf(string schema, string table) => schema.Length == 0 ? Quote(table) : $"{Quote(schema)}.{Quote(table)}";

    /// <summary>The names of the columns that a column's table has.</summary>
    public async Task<HashSet<string>> ColumnsAsync(ColumnRecord column, CancellationToken cancellationToken)
    {
        var command = Command($"SELECT * FROM {TableOf(column)} WHERE 1 = 0", []);
        await using (command.ConfigureAwait(false))
        {
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                return [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetName)];
            }
        }
    }

    /// <summary>
    /// The beginning of a column's value as SQL has it, by which its key is known: of bytes the key id, of text that of its text form (docs/SPEC.md, section 4).
    /// </summary>
    /// <param name="column">The column.</param>
    /// <param name="table">What the statement calls the table.</param>
    /// <param name="textSize">How many characters of text.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public async Task<ValueHead> HeadOfAsync(ColumnRecord column, string table, int textSize, CancellationToken cancellationToken)
    {
        // With the table's name before it: SQLite takes a name in quotes that no column has for text.
        string name = $"{table}.{Quote(column.Column)}";
        string ofBytes = $"substr({name}, 2, 16)";
        string ofText = string.Create(CultureInfo.InvariantCulture, $"substr({name}, 1, {textSize})");
        if (IsSqlite)
        {
            // Each value has a type of its own there, whatever its column's is.
            return new ValueHead($"CASE typeof({name}) WHEN 'text' THEN {ofText} ELSE {ofBytes} END", HasBytes: true, HasText: true);
        }

        var type = await ReadAsync($"SELECT CAST(pg_typeof(substr((SELECT t.{Quote(column.Column)} FROM {TableOf(column)} AS t LIMIT 1), 1, 1)) AS text)", [], cancellationToken).ConfigureAwait(false);
        bool isText = type is not [["bytea"]];
        return new ValueHead(isText ? ofText : ofBytes, !isText, isText);
    }

    /// <summary>Objects where the role sees some rows of a table alone: what it counts would be no count.</summary>
    /// <exception cref="KeyStateException">It does not see all.</exception>
    public async Task DemandWholeAsync(string schema, string table, CancellationToken cancellationToken)
    {
        if (!IsSqlite && await ReadAsync("SELECT row_security_active(CAST(to_regclass(@table) AS oid))", [("table", TableOf(schema, table))], cancellationToken).ConfigureAwait(false) is [[true]])
        {
            throw new KeyStateException(
                $"The table {TableOf(schema, table)} has row-level security, which hides rows from this role: what it counts and walks would not be all of them. Connect as a role with BYPASSRLS, or as one that the table's policies do not bind.");
        }
    }

    /// <summary>True where there is a table.</summary>
    public async Task<bool> HasTableAsync(string schema, string table, CancellationToken cancellationToken)
    {
        string sql = IsSqlite
            ? "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = @table"
            : $"SELECT 1 FROM information_schema.tables WHERE table_name = @table AND table_schema = {(schema.Length == 0 ? "current_schema()" : "@schema")}";
        return (await ReadAsync(sql, schema.Length == 0 ? [("table", table)] : [("table", table), ("schema", schema)], cancellationToken).ConfigureAwait(false)).Count > 0;
    }

    /// <summary>Runs a statement that gives rows.</summary>
    public async Task<List<object[]>> ReadAsync(string sql, IReadOnlyList<(string Name, object Value)> parameters, CancellationToken cancellationToken)
    {
        var command = Command(sql, parameters);
        await using (command.ConfigureAwait(false))
        {
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                var rows = new List<object[]>();
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    var row = new object[reader.FieldCount];
                    reader.GetValues(row);
                    rows.Add(row);
                }

                return rows;
            }
        }
    }

    /// <summary>Runs a statement that changes rows, in a transaction of its own.</summary>
    /// <param name="sql">The statement.</param>
    /// <param name="parameters">Its parameters.</param>
    /// <param name="cancellationToken">Cancels it where the client can.</param>
    /// <param name="seconds">How long it may take; 0, the default, for as long as it takes.</param>
    /// <returns>How many rows it changed.</returns>
    public async Task<int> ChangeAsync(string sql, IReadOnlyList<(string Name, object Value)> parameters, CancellationToken cancellationToken, int seconds = 0)
    {
        var command = Command(sql, parameters);
        command.CommandTimeout = seconds;
        await using (command.ConfigureAwait(false))
        {
            return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private DbCommand Command(string sql, IReadOnlyList<(string Name, object Value)> parameters)
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // The names in it are the manifest's, whose macs are checked, and quoted.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.CommandTimeout = 0;
        foreach (var (name, value) in parameters)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = name;
            parameter.Value = value;
            command.Parameters.Add(parameter);
        }

        return command;
    }
}
