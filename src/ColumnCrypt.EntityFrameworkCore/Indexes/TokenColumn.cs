using ColumnCrypt.EntityFrameworkCore.Model;
using ColumnCrypt.EntityFrameworkCore.Operations;
using ColumnCrypt.EntityFrameworkCore.Runtime;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage;

namespace ColumnCrypt.EntityFrameworkCore.Indexes;

/// <summary>A column with one of its token tables, and the statements that keep it. Immutable, thread-safe.</summary>
internal sealed class TokenColumn : WalkedColumn
{
    private readonly SavedTokens _tokens;
    private readonly string _table;
    private readonly string _token;
    private readonly string[] _owner;
    private readonly string _lock;

    private TokenColumn(IProperty property, IColumnMapping mapping, SavedTokens tokens, ISqlGenerationHelper sql, bool locksRows)
        : base([property], mapping, sql)
    {
        _tokens = tokens;
        _table = sql.DelimitIdentifier(tokens.Table, tokens.Schema);
        _token = sql.DelimitIdentifier(TokenTable.Token);
        _owner = [.. tokens.Key.Select(key => sql.DelimitIdentifier(key.Column))];

        // SQLite lets one transaction write at a time.
        _lock = locksRows ? " FOR NO KEY UPDATE" : "";
    }

    /// <summary>The name of the token table.</summary>
    public string Tokens => _tokens.Table;

    public override IEnumerable<int> Versions => [_tokens.Version];

    protected override string IsMissing => $"NOT EXISTS (SELECT 1 FROM {_table} t WHERE {string.Join(" AND ", _owner.Zip(Keys, (mine, key) => $"t.{mine} = {From}.{key}"))})";

    protected override IEnumerable<string> Kept => [];

    /// <summary>Every token table of a context's tables.</summary>
    public static IReadOnlyList<TokenColumn> Of(DbContext context)
    {
        var sql = context.GetService<ISqlGenerationHelper>();
        return
        [
            .. ColumnsOf(context.Model).SelectMany(c => SavedTokens.Of(c.Property)
                .Select(tokens => new TokenColumn(c.Property, c.Mapping, tokens, sql, locksRows: !CascadeCheck.IsSqlite(context)))),
        ];
    }

    public override byte[]?[] RightOf(Func<IProperty, object?> value, ContextScope scope) =>
        [.. _tokens.TokensOf((string?)value(_tokens.Source), scope.KeysOf(_tokens.Tenant))];

    /// <summary>The tokens of the rows between two keys, both included, which are the parameters: the key of each token's row, and the token.</summary>
    public string Between()
    {
        string owner = $"({string.Join(", ", _owner)})";
        string Key(int from) => $"({string.Join(", ", _owner.Select((_, i) => Parameter(from + i)))})";
        return $"SELECT {string.Join(", ", _owner)}, {_token} FROM {_table} WHERE {owner} >= {Key(0)} AND {owner} <= {Key(_owner.Length)}";
    }

    /// <summary>Holds a row until the transaction ends, if its value still is what it was: the parameters are the key and that value, if there is one.</summary>
    public string Hold(bool isNull) => $"SELECT 1 FROM {From} WHERE {KeyIs} AND {(isNull ? IsAnyNull : IsUnchanged)}{_lock}";

    /// <summary>Deletes a row's tokens: the parameters are its key.</summary>
    public string Delete() => $"DELETE FROM {_table} WHERE {string.Join(" AND ", _owner.Select(static (key, i) => $"{key} = {Parameter(i)}"))}";

    /// <summary>Inserts tokens of a row: the parameters are its key, and the tokens.</summary>
    public string Insert(int count)
    {
        string owner = string.Join(", ", _owner.Select(static (_, i) => Parameter(i)));
        return $"INSERT INTO {_table} ({_token}, {string.Join(", ", _owner)}) VALUES {string.Join(", ", Enumerable.Range(_owner.Length, count).Select(i => $"({Parameter(i)}, {owner})"))}";
    }
}
