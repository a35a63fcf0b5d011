using System.Data;
using System.Data.Common;

namespace ColumnCrypt.Store.Sql;

/// <summary>Gives a command one parameter for each value.</summary>
internal sealed class CommandSink(DbCommand command) : IRowSink
{
    public void Add(string name, DbType? type, object? value)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        parameter.Value = value ?? DBNull.Value;
        if (type is { } known)
        {
            parameter.DbType = known;
        }

        command.Parameters.Add(parameter);
    }
}
