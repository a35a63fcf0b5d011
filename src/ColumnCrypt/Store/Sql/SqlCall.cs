using System.Data.Common;

namespace ColumnCrypt.Store.Sql;

/// <summary>One call on the key store: an open connection, perhaps a transaction, and what ends the call early.</summary>
internal sealed class SqlCall(DbConnection connection, KeyStoreDialect dialect, SqlCallBounds bounds) : IAsyncDisposable
{
    private DbTransaction? _transaction;

    public async Task BeginAsync() => _transaction = await dialect.BeginWriteAsync(connection, bounds.Stop).ConfigureAwait(false);

    // The caller may give up until here, not any more: else it could not tell whether the rows are written.
    public async Task CommitAsync()
    {
        bounds.Stop.ThrowIfCancellationRequested();
        await _transaction!.CommitAsync(bounds.TooLate).ConfigureAwait(false);
    }

    /// <summary>Runs a statement and returns how many rows it wrote.</summary>
    public async Task<int> ExecuteAsync(string sql, Action<RowWriter>? bind = null)
    {
        var command = Command(sql, bind);
        await using (command.ConfigureAwait(false))
        {
            return await command.ExecuteNonQueryAsync(bounds.Stop).ConfigureAwait(false);
        }
    }

    /// <summary>Runs a statement to its end and hands each row over.</summary>
    public async Task QueryAsync(string sql, Action<RowWriter>? bind, Action<DbDataReader> row)
    {
        var command = Command(sql, bind);
        await using (command.ConfigureAwait(false))
        {
            await ReadAsync(command, row).ConfigureAwait(false);
        }
    }

    /// <summary>Runs a statement to its end and returns the rows.</summary>
    public async Task<List<T>> ListAsync<T>(string sql, Action<RowWriter>? bind, Func<DbDataReader, T> read)
    {
        List<T> rows = [];
        await QueryAsync(sql, bind, reader => rows.Add(read(reader))).ConfigureAwait(false);
        return rows;
    }

    /// <summary>The names of the columns that a query gives.</summary>
    public async Task<HashSet<string>> NamesAsync(string sql)
    {
        var command = Command(sql, null);
        await using (command.ConfigureAwait(false))
        {
            var reader = await command.ExecuteReaderAsync(bounds.Stop).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                return [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetName)];
            }
        }
    }

    /// <summary>Runs a statement over many rows and returns how many rows it wrote.</summary>
    public async Task<int> ExecuteRowsAsync(string sql, SqlRows rows)
    {
        int written = 0;
        var command = Command(sql, null);
        await using (command.ConfigureAwait(false))
        {
            foreach (var bound in rows.Bind(command))
            {
                written += await bound.ExecuteNonQueryAsync(bounds.Stop).ConfigureAwait(false);
            }
        }

        return written;
    }

    /// <summary>Runs a query over many rows and returns what it finds.</summary>
    public async Task<List<T>> ListRowsAsync<T>(string sql, SqlRows rows, Func<DbDataReader, T> read)
    {
        List<T> found = [];
        var command = Command(sql, null);
        await using (command.ConfigureAwait(false))
        {
            foreach (var bound in rows.Bind(command))
            {
                await ReadAsync(bound, reader => found.Add(read(reader))).ConfigureAwait(false);
            }
        }

        return found;
    }

    /// <summary>Ends the transaction: what is not committed is rolled back.</summary>
    public ValueTask DisposeAsync() => _transaction?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async Task ReadAsync(DbCommand command, Action<DbDataReader> row)
    {
        var reader = await command.ExecuteReaderAsync(bounds.Stop).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.ReadAsync(bounds.Stop).ConfigureAwait(false))
            {
                row(reader);
            }
        }
    }

    private DbCommand Command(string sql, Action<RowWriter>? bind)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        command.Transaction = _transaction;
        bind?.Invoke(new RowWriter(new CommandSink(command), dialect));
        return command;
    }
}
