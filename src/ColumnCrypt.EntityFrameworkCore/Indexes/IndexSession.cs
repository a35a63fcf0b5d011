using System.Data;
using System.Data.Common;
using System.Globalization;
using Microsoft.EntityFrameworkCore;

namespace ColumnCrypt.EntityFrameworkCore.Indexes;

/// <summary>Statements on a context's connection, past Entity Framework's own pipeline. Parameters are <c>@p0</c> and so on. Not thread-safe.</summary>
internal sealed class IndexSession(DbContext context)
{
    private readonly DbConnection _connection = context.Database.GetDbConnection();

    /// <summary>Rows that a statement gives.</summary>
    public async Task<List<object[]>> ReadAsync(string sql, IEnumerable<object?> values, CancellationToken cancellationToken, DbTransaction? transaction = null)
    {
        var command = Command(sql, values, transaction);
        await using (command.ConfigureAwait(false))
        {
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                List<object[]> rows = [];
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

    /// <summary>Runs one statement once for each list of values, in one transaction: all of them, or none.</summary>
    /// <returns>How many rows were changed.</returns>
    public Task<long> ChangeAsync(string sql, IReadOnlyList<IReadOnlyList<object?>> values, CancellationToken cancellationToken) => InTransactionAsync(
        async transaction =>
        {
            long changed = 0;
            foreach (var one in values)
            {
                changed += await ExecuteAsync(sql, one, transaction, cancellationToken).ConfigureAwait(false);
            }

            return changed;
        },
        cancellationToken);

    /// <summary>Does something in one transaction: all of it, or nothing.</summary>
    public async Task<long> InTransactionAsync(Func<DbTransaction, Task<long>> change, CancellationToken cancellationToken)
    {
        var transaction = await _connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            long changed = await change(transaction).ConfigureAwait(false);
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            return changed;
        }
    }

    /// <summary>Runs one statement.</summary>
    /// <returns>How many rows were changed.</returns>
    public async Task<int> ExecuteAsync(string sql, IEnumerable<object?> values, DbTransaction transaction, CancellationToken cancellationToken)
    {
        var command = Command(sql, values, transaction);
        await using (command.ConfigureAwait(false))
        {
            return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private DbCommand Command(string sql, IEnumerable<object?> values, DbTransaction? transaction)
    {
        var command = _connection.CreateCommand();
#pragma warning disable CA2100 // The names in it are the model's, and quoted; every value is a parameter.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.Transaction = transaction;
        int i = 0;
        foreach (object? value in values)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = string.Create(CultureInfo.InvariantCulture, $"@p{i++}");
            if (value is null or byte[])
            {
                parameter.DbType = DbType.Binary;
            }

            parameter.Value = value ?? DBNull.Value;
            command.Parameters.Add(parameter);
        }

        return command;
    }
}
