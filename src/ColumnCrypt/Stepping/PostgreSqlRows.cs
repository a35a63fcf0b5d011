using System.Data.Common;
using System.Globalization;
using System.Text;
using ColumnCrypt.Rows;

namespace ColumnCrypt.Stepping;

/// <summary>
/// A walk on PostgreSQL. Keys travel as text, so that every type of key that has a text form can be walked, but for whole numbers; a batch is one statement over arrays.
/// </summary>
internal sealed class PostgreSqlRows : RowDialect
{
    private const string Bytes = "bytea";

    private const string LockNotAvailable = "55P03";
    private const string QueryCanceled = "57014";

    public override bool WritesBeside => true;

    public override async Task<IReadOnlyDictionary<string, ColumnShape>> ShapeAsync(DbConnection connection, string schema, string table, CancellationToken cancellationToken)
    {
        var rows = await new DataDatabase(connection).ReadAsync(
            """
            SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull FROM pg_catalog.pg_attribute a
            WHERE a.attrelid = to_regclass(@table) AND a.attnum > 0 AND NOT a.attisdropped
            """,
            [("table", DataDatabase.TableOf(schema, table))],
            cancellationToken).ConfigureAwait(false);
        return rows.ToDictionary(static row => (string)row[0], static row => new ColumnShape((string)row[1], !(bool)row[2]), StringComparer.Ordinal);
    }

    public override async Task<long> EstimateAsync(DbConnection connection, StepTable table, CancellationToken cancellationToken)
    {
        var rows = await new DataDatabase(connection).ReadAsync(
            "SELECT reltuples::bigint FROM pg_catalog.pg_class WHERE oid = to_regclass(@table)", [("table", table.Sql)], cancellationToken).ConfigureAwait(false);
        return rows is [[long and >= 0 and var known]]
            ? known
            : Convert.ToInt64(await ScalarAsync(connection, $"SELECT count(*) FROM {table.Sql}", cancellationToken).ConfigureAwait(false), CultureInfo.InvariantCulture);
    }

    public override async Task<TimeSpan> LagAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        // The last lag that was measured stands there for a while after a standby has caught up.
        object? seconds = await ScalarAsync(
            connection,
            """
            SELECT COALESCE(extract(epoch FROM max(replay_lag) FILTER (WHERE replay_lsn IS DISTINCT FROM pg_catalog.pg_current_wal_lsn())), 0)::double precision
            FROM pg_catalog.pg_stat_replication
            """,
            cancellationToken).ConfigureAwait(false);
        return TimeSpan.FromSeconds(Convert.ToDouble(seconds, CultureInfo.InvariantCulture));
    }

    public override async Task<int> WriteAsync(DbConnection connection, StepTable table, IReadOnlyList<(StepRow Row, object?[] Values)> changes, TimeSpan patience, CancellationToken cancellationToken)
    {
        var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            // Whoever holds a row for longer is waited for without holding the others.
            await ScalarAsync(connection, string.Create(CultureInfo.InvariantCulture, $"SET LOCAL lock_timeout = '{(long)patience.TotalMilliseconds}ms'"), cancellationToken).ConfigureAwait(false);
            var command = connection.CreateCommand();
            await using (command.ConfigureAwait(false))
            {
#pragma warning disable CA2100 // The names in it are the manifest's, whose macs are checked, and quoted.
                command.CommandText = UpdateOf(table);
#pragma warning restore CA2100
                for (int i = 0; i < table.Keys.Count; i++)
                {
                    Bind(command, $"k{i}", IsWhole(table.Keys[i]) ? changes.Select(change => (long)change.Row.Key[i]).ToArray() : changes.Select(change => (string)change.Row.Key[i]).ToArray());
                    Bind(command, $"a{i}", changes[0].Row.Key[i]);
                    Bind(command, $"z{i}", changes[^1].Row.Key[i]);
                }

                BindColumns(command, "g", [.. table.Guards.Select(i => table.Columns[i])], changes, static (change, i) => change.Row.Guards[i]);
                BindColumns(command, "n", [.. table.Sets], changes, static (change, i) => change.Values[i]);
                int written = await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
                await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
                return written;
            }
        }
    }

    public override string UnderKeys(StepColumn column, IReadOnlyList<byte[]> keyIds, List<(string Name, object Value)> parameters)
    {
        if (parameters.All(static one => one.Name != "keys"))
        {
            parameters.Add(("keys", keyIds.ToArray()));
        }

        // As a CASE: the planner takes a bare comparison for rare, and would sort the whole table for each page in the place of following the key.
        return $"CASE WHEN substr({DataDatabase.Quote(column.Name)}, 2, 16) = ANY(@keys) THEN true ELSE false END";
    }

    // Deadlocks, lock timeouts, serialization failures, restarts, lost connections.
    public override bool IsPassing(DbException error) => error.IsTransient;

    // A statement_timeout below the patience ends the wait before lock_timeout does.
    public override bool IsHeld(DbException error) => error.SqlState is LockNotAvailable or QueryCanceled;

    public override bool IsBusy(DbException error) => false;

    public override bool IsTimeout(DbException error) => error.SqlState == QueryCanceled;

    protected override int ReadTimeout => 0;

    protected override string KeyValue(StepColumn key) => $"CAST({DataDatabase.Quote(key.Name)} AS {TravelType(key)})";

    protected override string KeyParameter(string parameter, StepColumn key) => $"CAST({parameter} AS {key.Shape.Type})";

    protected override string GuardValue(StepColumn column, string sql) => column.Shape.Type is Bytes or "text" ? sql : $"CAST({sql} AS text)";

    private static bool IsWhole(StepColumn key) => key.Shape.Type is "smallint" or "integer" or "bigint";

    private static string TravelType(StepColumn key) => IsWhole(key) ? "bigint" : "text";

    // Every value but bytes, and keys that are whole numbers, travels as text, and becomes what its column is where it arrives. The first key and the last are there for the planner: it
    // knows nothing of the keys in an array, and would hash the whole table for each batch.
    private string UpdateOf(StepTable table)
    {
        List<StepColumn> guards = [.. table.Guards.Select(i => table.Columns[i])];
        List<StepColumn> sets = [.. table.Sets];
        var arrays = table.Keys.Select(static (key, i) => $"CAST(CAST(@k{i} AS {TravelType(key)}[]) AS {key.Shape.Type}[])")
            .Concat(guards.Select(static (column, i) => $"CAST(@g{i} AS {ArrayOf(column)})"))
            .Concat(sets.Select(static (column, i) => $"CAST(@n{i} AS {ArrayOf(column)})"));
        var names = table.Keys.Select(static (_, i) => $"k{i}").Concat(guards.Select(static (_, i) => $"g{i}")).Concat(sets.Select(static (_, i) => $"n{i}"));
        string keys = string.Join(", ", table.Keys.Select(static key => $"t.{DataDatabase.Quote(key.Name)}"));
        string Bound(string prefix) => string.Join(", ", table.Keys.Select((key, i) => KeyParameter($"@{prefix}{i}", key)));
        return new StringBuilder($"UPDATE {table.Sql} AS t SET ")
            .AppendJoin(", ", sets.Select(static (column, i) => $"{DataDatabase.Quote(column.Name)} = {(column.Shape.Type == Bytes ? $"v.n{i}" : $"CAST(v.n{i} AS {column.Shape.Type})")}"))
            .Append(" FROM unnest(").AppendJoin(", ", arrays).Append(") AS v(").AppendJoin(", ", names).Append(") WHERE ")
            .AppendJoin(
                " AND ",
                table.Keys.Select(static (key, i) => $"t.{DataDatabase.Quote(key.Name)} = v.k{i}")
                    .Concat(guards.Select((column, i) => $"{GuardValue(column, $"t.{DataDatabase.Quote(column.Name)}")} IS NOT DISTINCT FROM v.g{i}"))
                    .Append($"({keys}) >= ({Bound("a")})")
                    .Append($"({keys}) <= ({Bound("z")})"))
            .ToString();
    }

    private static string ArrayOf(StepColumn column) => column.Shape.Type == Bytes ? "bytea[]" : "text[]";

    private static void BindColumns(
        DbCommand command, string prefix, StepColumn[] columns, IReadOnlyList<(StepRow Row, object?[] Values)> changes, Func<(StepRow Row, object?[] Values), int, object?> value)
    {
        for (int i = 0; i < columns.Length; i++)
        {
            int at = i;
            Bind(command, $"{prefix}{i}", columns[i].Shape.Type == Bytes
                ? changes.Select(change => (byte[]?)value(change, at)).ToArray()
                : changes.Select(change => (string?)value(change, at)).ToArray());
        }
    }
}
