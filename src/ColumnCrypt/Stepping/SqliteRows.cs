using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using ColumnCrypt.Rows;

namespace ColumnCrypt.Stepping;

/// <summary>A walk on SQLite. Values keep their storage class; a batch is one prepared statement, run for each row in a transaction that takes the write lock at once.</summary>
internal sealed class SqliteRows : RowDialect
{
    private TimeSpan _waited;

    // A second writer waits for the first; and a reader beside one would be refused, or refuse it, unless the database is in WAL mode.
    public override bool WritesBeside => false;

    public override async Task<IReadOnlyDictionary<string, ColumnShape>> ShapeAsync(DbConnection connection, string schema, string table, CancellationToken cancellationToken)
    {
        var rows = await new DataDatabase(connection).ReadAsync("SELECT name, type, \"notnull\" FROM pragma_table_xinfo(@table)", [("table", table)], cancellationToken).ConfigureAwait(false);
        return rows.ToDictionary(static row => (string)row[0], static row => new ColumnShape((string)row[1], (long)row[2] == 0), StringComparer.Ordinal);
    }

    public override async Task<long> EstimateAsync(DbConnection connection, StepTable table, CancellationToken cancellationToken) =>
        Convert.ToInt64(await ScalarAsync(connection, $"SELECT count(*) FROM {table.Sql}", cancellationToken).ConfigureAwait(false), CultureInfo.InvariantCulture);

    public override Task<TimeSpan> LagAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        // What the last batch waited says nothing of the one after the next: once it was waited for, it is past.
        var waited = _waited;
        _waited = TimeSpan.Zero;
        return Task.FromResult(waited);
    }

    public override async Task<int> WriteAsync(DbConnection connection, StepTable table, IReadOnlyList<(StepRow Row, object?[] Values)> changes, TimeSpan patience, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        _waited = Stopwatch.GetElapsedTime(start);
        await using (transaction.ConfigureAwait(false))
        {
            var command = connection.CreateCommand();
            await using (command.ConfigureAwait(false))
            {
                command.Transaction = transaction;
                List<StepColumn> guards = [.. table.Guards.Select(i => table.Columns[i])];
                var sets = table.Sets.Select(static (column, i) => $"{DataDatabase.Quote(column.Name)} = @n{i}");
                var conditions = table.Keys.Select(static (key, i) => $"{DataDatabase.Quote(key.Name)} = @k{i}")
                    .Concat(guards.Select(static (column, i) => $"{DataDatabase.Quote(column.Name)} IS @g{i}"));
#pragma warning disable CA2100 // The names in it are the manifest's, whose macs are checked, and quoted.
                command.CommandText = $"UPDATE {table.Sql} SET {string.Join(", ", sets)} WHERE {string.Join(" AND ", conditions)}";
#pragma warning restore CA2100
                DbParameter[] bound =
                [
                    .. table.Keys.Select((_, i) => Bind(command, $"k{i}", null)), .. guards.Select((_, i) => Bind(command, $"g{i}", null)), .. table.Sets.Select((_, i) => Bind(command, $"n{i}", null)),
                ];
                int written = 0;
                foreach (var (row, values) in changes)
                {
                    object?[] all = [.. row.Key, .. row.Guards, .. values];
                    for (int i = 0; i < all.Length; i++)
                    {
                        bound[i].Value = all[i] ?? DBNull.Value;
                    }

                    written += await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
                }

                await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
                return written;
            }
        }
    }

    public override string UnderKeys(StepColumn column, IReadOnlyList<byte[]> keyIds, List<(string Name, object Value)> parameters)
    {
        if (parameters.Count == 0)
        {
            parameters.AddRange(keyIds.Select(static (id, i) => (string.Create(CultureInfo.InvariantCulture, $"key{i}"), (object)id)));
        }

        return $"substr({DataDatabase.Quote(column.Name)}, 2, 16) IN ({string.Join(", ", keyIds.Select(static (_, i) => string.Create(CultureInfo.InvariantCulture, $"@key{i}")))})";
    }

    // The client says of no error that it passes; this one does.
    public override bool IsPassing(DbException error) => DataDatabase.IsSqliteBusy(error);

    // Nobody holds a row alone: whoever writes holds all of them.
    public override bool IsHeld(DbException error) => false;

    public override bool IsBusy(DbException error) => IsPassing(error);

    public override bool IsTimeout(DbException error) => false;

    // To the client that is the time for which it waits for whoever holds the database, and no limit to the reading.
    protected override int ReadTimeout => 30;

    protected override string KeyValue(StepColumn key) => DataDatabase.Quote(key.Name);

    protected override string KeyParameter(string parameter, StepColumn key) => parameter;

    protected override string GuardValue(StepColumn column, string sql) => sql;
}
