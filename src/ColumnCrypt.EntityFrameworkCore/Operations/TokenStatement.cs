using System.Data;
using System.Data.Common;
using System.Globalization;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.EntityFrameworkCore.Update;

namespace ColumnCrypt.EntityFrameworkCore.Operations;

/// <summary>One command of a token table: deletes rows' tokens, then inserts others. SQL that SQLite and PostgreSQL share. Not thread-safe.</summary>
internal sealed class TokenStatement
{
    private readonly SavedTokens _tokens;
    private readonly ISqlGenerationHelper _sql;
    private readonly DbCommand _command;
    private readonly Dictionary<IUpdateEntry, string[]> _keys = [];
    private readonly StringBuilder _deleted = new();
    private readonly StringBuilder _inserted = new();

    public TokenStatement(DbContext context, ISqlGenerationHelper sql, SavedTokens tokens)
    {
        _tokens = tokens;
        _sql = sql;
        var database = context.Database;
        _command = database.GetDbConnection().CreateCommand();
        _command.Transaction = database.CurrentTransaction?.GetDbTransaction();
        if (database.GetCommandTimeout() is { } timeout)
        {
            _command.CommandTimeout = timeout;
        }
    }

    /// <summary>Deletes what there is of a row.</summary>
    public void Delete(IUpdateEntry row)
    {
        var names = KeyOf(row).Zip(_tokens.Key, (name, key) => $"{_sql.DelimitIdentifier(key.Column)} = {name}");
        _deleted.Append(_deleted.Length == 0 ? "" : " OR ").Append('(').AppendJoin(" AND ", names).Append(')');
    }

    /// <summary>Inserts a token of a row.</summary>
    public void Insert(IUpdateEntry row, byte[] token)
    {
        var parameter = _command.CreateParameter();
        parameter.ParameterName = Name("t");
        parameter.DbType = DbType.Binary;
        parameter.Value = token;
        _command.Parameters.Add(parameter);
        _inserted.Append(_inserted.Length == 0 ? "" : ", ").Append('(').Append(parameter.ParameterName).Append(", ").AppendJoin(", ", KeyOf(row)).Append(')');
    }

    /// <summary>The command.</summary>
    public DbCommand Command()
    {
        string table = _sql.DelimitIdentifier(_tokens.Table, _tokens.Schema);
        var columns = _tokens.Key.Select(key => _sql.DelimitIdentifier(key.Column)).Prepend(_sql.DelimitIdentifier(Model.TokenTable.Token));
#pragma warning disable CA2100 // The names in it are the model's, and quoted; every value is a parameter.
        _command.CommandText =
            (_deleted.Length == 0 ? "" : $"DELETE FROM {table} WHERE {_deleted};")
            + (_inserted.Length == 0 ? "" : $"INSERT INTO {table} ({string.Join(", ", columns)}) VALUES {_inserted};");
#pragma warning restore CA2100
        return _command;
    }

    private string[] KeyOf(IUpdateEntry row)
    {
        if (!_keys.TryGetValue(row, out string[]? names))
        {
            names = [.. _tokens.Key.Select((key, i) =>
            {
                var parameter = key.Mapping.CreateParameter(_command, Name("k"), row.GetCurrentValue(_tokens.KeyOfOwner[i]), nullable: false);
                _command.Parameters.Add(parameter);
                return parameter.ParameterName;
            })];
            _keys.Add(row, names);
        }

        return names;
    }

    private string Name(string prefix) => string.Create(CultureInfo.InvariantCulture, $"@{prefix}{_command.Parameters.Count}");
}
