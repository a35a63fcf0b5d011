using System.Data;
using System.Data.Common;
using ColumnCrypt.Format;

namespace ColumnCrypt.Store.Sql;

/// <summary>Gives a command its parameters, named after columns.</summary>
internal readonly struct RowWriter(DbCommand command, KeyStoreDialect dialect)
{
    public void Set(string name, string? value) => Set(name, DbType.String, value);

    public void Set(string name, byte[]? value) => Set(name, DbType.Binary, value);

    public void Set(string name, KeyId value) => Set(name, DbType.Binary, value.ToArray());

    public void Set(string name, int value) => Set(name, DbType.Int32, value);

    public void Set(string name, long value) => Set(name, DbType.Int64, value);

    public void Set(string name, DateTimeOffset? value) => Add(name, value is { } time ? dialect.WriteTime(StoreTime.Truncate(time)) : DBNull.Value);

    private void Set(string name, DbType type, object? value) => Add(name, value ?? DBNull.Value).DbType = type;

    private DbParameter Add(string name, object value)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        parameter.Value = value;
        command.Parameters.Add(parameter);
        return parameter;
    }
}
