using System.Data.Common;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Rows;

/// <summary>
/// The application's database, as the manifest knows it: which of its columns are here, and statements over them. SQL that SQLite and
/// PostgreSQL share: row values, <c>substr</c> over bytes. Names are quoted whole; every value is a parameter. Not thread-safe.
/// </summary>
internal sealed class DataDatabase(DbConnection connection)
{
    /// <summary>The database as the manifest names it: a server's database, or the name of a SQLite file.</summary>
    public string Name => IsSqlite ? Path.GetFileName(connection.DataSource) : connection.Database;

    private bool IsSqlite => connection.Database is "main" or "";

    /// <summary>The columns that are in this database, table by table.</summary>
    public IEnumerable<IReadOnlyList<ColumnRecord>> TablesOf(IEnumerable<ColumnRecord> columns) =>
        columns.Where(column => column.Database == Name).GroupBy(static column => (column.Schema, column.Table)).Select(static table => table.ToList());

    /// <summary>A name as SQL has it.</summary>
    public static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>The table of a column as SQL has it.</summary>
    public static string TableOf(ColumnRecord column) => TableOf(column.Schema, column.Table);

    /// <summary>A table as SQL has it.</summary>
    public static string TableOf(string schema, string table) => schema.Length == 0 ? Quote(table) : $"{Quote(schema)}.{Quote(table)}";

    /// <summary>The key id of a column's value as SQL has it: bytes 1 to 16 (docs/SPEC.md, section 4).</summary>
    public static string KeyIdOf(ColumnRecord column) => $"substr({Quote(column.Column)}, 2, 16)";

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

    /// <summary>True where a column holds text, so that its values stand there in their text form (docs/SPEC.md, section 4).</summary>
    public async Task<bool> IsTextAsync(ColumnRecord column, CancellationToken cancellationToken)
    {
        string name = Quote(column.Column);
        string sql = IsSqlite
            ? $"SELECT typeof({name}) FROM {TableOf(column)} WHERE {name} IS NOT NULL LIMIT 1"
            : $"SELECT CAST(pg_typeof({name}) AS text) FROM {TableOf(column)} LIMIT 1";
        return await ReadAsync(sql, [], cancellationToken).ConfigureAwait(false) is [[string type]] && type is not ("bytea" or "blob");
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
    /// <returns>How many rows it changed.</returns>
    public async Task<int> ChangeAsync(string sql, IReadOnlyList<(string Name, object Value)> parameters, CancellationToken cancellationToken)
    {
        var command = Command(sql, parameters);
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
