using System.Data;
using System.Data.Common;

namespace ColumnCrypt.Store.Sql;

/// <summary>
/// Rows for one statement that reads them from <see cref="SqlText.Rows"/>: all at once, a column being an array, where the dialect
/// takes arrays, else one after the other.
/// </summary>
internal sealed class SqlRows(KeyStoreDialect dialect) : IRowSink
{
    private readonly List<(string Name, DbType? Type, List<object?> Values)> _columns = [];
    private int _next;

    public SqlRows(KeyStoreDialect dialect, IEnumerable<Action<RowWriter>> rows)
        : this(dialect)
    {
        foreach (var row in rows)
        {
            Add(row);
        }
    }

    public int Count { get; private set; }

    public void Add(Action<RowWriter> row)
    {
        _next = 0;
        row(new RowWriter(this, dialect));
        Count++;
    }

    void IRowSink.Add(string name, DbType? type, object? value)
    {
        if (Count == 0)
        {
            _columns.Add((name, type, []));
        }

        _columns[_next++].Values.Add(value);
    }

    /// <summary>Gives the command its parameters as often as it has to run for all rows.</summary>
    public IEnumerable<DbCommand> Bind(DbCommand command)
    {
        if (Count == 0)
        {
            yield break;
        }

        var sink = new CommandSink(command);
        if (dialect.TakesArrays)
        {
            _columns.ForEach(column => sink.Add(column.Name, null, ToArray(column.Type, column.Values)));
            yield return command;
            yield break;
        }

        int first = command.Parameters.Count;
        _columns.ForEach(column => sink.Add(column.Name, column.Type, column.Values[0]));
        yield return command;
        for (int row = 1; row < Count; row++)
        {
            for (int column = 0; column < _columns.Count; column++)
            {
                command.Parameters[first + column].Value = _columns[column].Values[row] ?? DBNull.Value;
            }

            yield return command;
        }
    }

    private static Array ToArray(DbType? type, List<object?> values) => type switch
    {
        DbType.String => Array.ConvertAll(values.ToArray(), static value => (string?)value),
        DbType.Binary => Array.ConvertAll(values.ToArray(), static value => (byte[]?)value),
        DbType.Int32 => Array.ConvertAll(values.ToArray(), static value => (int?)value),
        DbType.Int64 => Array.ConvertAll(values.ToArray(), static value => (long?)value),
        _ => Array.ConvertAll(values.ToArray(), static value => (DateTimeOffset?)value),
    };
}
