using System.Data;
using System.Data.Common;
using System.Globalization;
using ColumnCrypt.Metadata;
using ColumnCrypt.Rows;

namespace ColumnCrypt.Stepping;

/// <summary>
/// What differs between databases for a walk: how keys are bound, how what was read is compared, how a batch is written. Stateless but for what was
/// measured last; one for each walk.
/// </summary>
internal abstract class RowDialect
{
    /// <summary>How many bytes a page has, about, at most: so many that no value is too long for memory, and no page too short.</summary>
    private const long PageBytes = 16L << 20;

    /// <summary>The dialect of a connection.</summary>
    public static RowDialect Of(DbConnection connection) => ConnectionKind.IsSqlite(connection) ? new SqliteRows() : new PostgreSqlRows();

    /// <summary>Whether a page can be read, and another be written, while one is written.</summary>
    public abstract bool WritesBeside { get; }

    /// <summary>The columns of a table; none where there is no such table.</summary>
    public abstract Task<IReadOnlyDictionary<string, ColumnShape>> ShapeAsync(DbConnection connection, string schema, string table, CancellationToken cancellationToken);

    /// <summary>About how many rows a table has.</summary>
    public abstract Task<long> EstimateAsync(DbConnection connection, StepTable table, CancellationToken cancellationToken);

    /// <summary>How far the database lags behind.</summary>
    public abstract Task<TimeSpan> LagAsync(DbConnection connection, CancellationToken cancellationToken);

    /// <summary>Writes a batch, which is in the order of its keys, in one transaction, each row only while its guards hold what was read.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="table">The table.</param>
    /// <param name="changes">The rows, and the values that they get.</param>
    /// <param name="patience">How long a row that somebody holds is waited for, where the database has rows that are held one by one.</param>
    /// <param name="cancellationToken">Cancels the call before it commits.</param>
    /// <returns>How many rows were written.</returns>
    public abstract Task<int> WriteAsync(DbConnection connection, StepTable table, IReadOnlyList<(StepRow Row, object?[] Values)> changes, TimeSpan patience, CancellationToken cancellationToken);

    /// <summary>The condition that a column of bytes is under one of these keys; its parameters are added.</summary>
    public abstract string UnderKeys(StepColumn column, IReadOnlyList<byte[]> keyIds, List<(string Name, object Value)> parameters);

    /// <summary>True for an error after which the same may well work.</summary>
    public abstract bool IsPassing(DbException error);

    /// <summary>True for an error of a write that waited for a row which another transaction holds.</summary>
    public abstract bool IsHeld(DbException error);

    /// <summary>True for an error that says that another holds the whole database.</summary>
    public abstract bool IsBusy(DbException error);

    /// <summary>True for an error of a statement that took longer than the database lets it.</summary>
    public abstract bool IsTimeout(DbException error);

    /// <summary>A page of rows behind a key, in the order of the keys.</summary>
    public async Task<List<StepRow>> ReadAsync(DbConnection connection, StepTable table, object[]? after, int limit, CancellationToken cancellationToken)
    {
        var command = connection.CreateCommand();
        await using (command.ConfigureAwait(false))
        {
            // With the table's name before it: by itself it would name what is read of it, which is ordered in another way.
            string keys = string.Join(", ", table.Keys.Select(static key => $"t.{DataDatabase.Quote(key.Name)}"));
            string behind = after is null ? "" : $"({keys}) > ({string.Join(", ", table.Keys.Select((key, i) => KeyParameter($"@k{i}", key)))})";
            string where = string.Join(" AND ", new[] { behind, table.Where ?? "" }.Where(static one => one.Length > 0));
            var read = table.Keys.Select(KeyValue).Concat(table.Columns.Select(static column => DataDatabase.Quote(column.Name))).Concat(table.Guards.Where(i => !IsOwnGuard(table.Columns[i])).Select(i => GuardValue(table.Columns[i], DataDatabase.Quote(table.Columns[i].Name))));
#pragma warning disable CA2100 // The names in it are the manifest's, whose macs are checked, and quoted.
            command.CommandText = string.Create(
                CultureInfo.InvariantCulture, $"SELECT {string.Join(", ", read)} FROM {table.Sql} AS t{(where.Length == 0 ? "" : $" WHERE {where}")} ORDER BY {keys} LIMIT {limit}");
#pragma warning restore CA2100
            command.CommandTimeout = ReadTimeout;
            for (int i = 0; i < after?.Length; i++)
            {
                Bind(command, $"k{i}", after[i]);
            }

            foreach (var (name, value) in table.Parameters)
            {
                Bind(command, name, value);
            }

            return await ReadAsync(command, table, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The most seconds that a page may be waited for; 0 for as long as it takes: it may be a scan of the whole table, where few of its rows are walked.</summary>
    protected abstract int ReadTimeout { get; }

    /// <summary>A key's value as it is read, so that it can be bound again.</summary>
    protected abstract string KeyValue(StepColumn key);

    /// <summary>A key's parameter, as it is compared.</summary>
    protected abstract string KeyParameter(string parameter, StepColumn key);

    /// <summary>What of a guard is compared.</summary>
    protected abstract string GuardValue(StepColumn column, string sql);

    // Compared as it is read: read once.
    private bool IsOwnGuard(StepColumn column) => GuardValue(column, "") == "";

    /// <summary>Adds a parameter.</summary>
    protected static DbParameter Bind(DbCommand command, string name, object? value)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        parameter.Value = value ?? DBNull.Value;
        command.Parameters.Add(parameter);
        return parameter;
    }

    /// <summary>Runs a statement that gives one value.</summary>
    protected static async Task<object?> ScalarAsync(DbConnection connection, string sql, CancellationToken cancellationToken)
    {
        var command = connection.CreateCommand();
        await using (command.ConfigureAwait(false))
        {
#pragma warning disable CA2100 // It is a constant, or made of names of the manifest, whose macs are checked, quoted.
            command.CommandText = sql;
#pragma warning restore CA2100
            command.CommandTimeout = 0;
            return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<List<StepRow>> ReadAsync(DbCommand command, StepTable table, CancellationToken cancellationToken)
    {
        List<StepRow> rows = [];
        long bytes = 0;
        int keys = table.Keys.Count;
        int[] guards = [.. table.Guards];
        bool[] areOwn = [.. guards.Select(i => IsOwnGuard(table.Columns[i]))];
        var reader = await command.ExecuteReaderAsync(CommandBehavior.SingleResult, cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            while (bytes < PageBytes && await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                object[] key = new object[keys];
                for (int i = 0; i < keys; i++)
                {
                    key[i] = reader.GetValue(i);
                }

                object?[] values = new object?[table.Columns.Count];
                for (int i = 0; i < values.Length; i++)
                {
                    values[i] = Known(reader.GetValue(keys + i));
                    bytes += values[i] is byte[] some ? some.Length : (values[i] as string)?.Length * 2 ?? 8;
                }

                object?[] compared = new object?[guards.Length];
                for (int i = 0, next = keys + values.Length; i < compared.Length; i++)
                {
                    compared[i] = areOwn[i] ? values[guards[i]] : Known(reader.GetValue(next++));
                }

                rows.Add(new StepRow(key, values, compared));
            }
        }

        return rows;
    }

    private static object? Known(object value) => value is DBNull ? null : value;
}
