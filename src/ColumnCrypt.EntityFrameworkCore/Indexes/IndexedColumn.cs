using ColumnCrypt.EntityFrameworkCore.Model;
using ColumnCrypt.EntityFrameworkCore.Operations;
using ColumnCrypt.EntityFrameworkCore.Runtime;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage;

namespace ColumnCrypt.EntityFrameworkCore.Indexes;

/// <summary>A column with its blind indexes in one table. Immutable, thread-safe.</summary>
internal sealed class IndexedColumn : WalkedColumn
{
    private readonly string[] _indexes;

    private IndexedColumn(IProperty property, IColumnMapping mapping, IReadOnlyList<(SavedIndex Index, string Column)> indexes, ISqlGenerationHelper sql)
        : base(property, mapping, sql)
    {
        Indexes = indexes;
        _indexes = [.. indexes.Select(i => sql.DelimitIdentifier(i.Column))];
    }

    /// <summary>The indexes, each with its column.</summary>
    public IReadOnlyList<(SavedIndex Index, string Column)> Indexes { get; }

    public override IEnumerable<int> Versions => Indexes.Select(static i => i.Index.Version).Distinct();

    protected override string IsMissing => string.Join(" OR ", _indexes.Select(static i => $"{i} IS NULL"));

    protected override IEnumerable<string> Kept => _indexes;

    /// <summary>Every indexed column of a context's tables.</summary>
    public static IReadOnlyList<IndexedColumn> Of(DbContext context)
    {
        var sql = context.GetService<ISqlGenerationHelper>();
        return
        [
            .. ColumnsOf(context.Model)
                .Select(static c => (c.Property, c.Mapping, Indexes: IndexesOf(c.Property, c.Mapping)))
                .Where(static c => c.Indexes.Count > 0)
                .Select(c => new IndexedColumn(c.Property, c.Mapping, c.Indexes, sql)),
        ];
    }

    public override byte[]?[] RightOf(object? value, ContextScope scope) => [.. Indexes.Select(index => index.Index.BytesOf(value))];

    /// <summary>Sets every index column of a row, unless its value is another than it was: the parameters are the key, that value, and the index values.</summary>
    public string Update()
    {
        int first = Keys.Length + 1;
        return $"UPDATE {From} SET {string.Join(", ", _indexes.Select((column, i) => $"{column} = {Parameter(first + i)}"))} WHERE {KeyIs} AND {Value} = {Parameter(Keys.Length)}";
    }

    /// <summary>The keys of other rows that hold an index value: the parameters are the key of this one, and that value.</summary>
    public string Others(int index) =>
        $"SELECT {string.Join(", ", Keys)} FROM {From} WHERE NOT ({KeyIs}) AND {_indexes[index]} = {Parameter(Keys.Length)} LIMIT 1";

    private static List<(SavedIndex Index, string Column)> IndexesOf(IProperty property, IColumnMappingBase mapping) =>
    [
        .. BlindIndexes.Of(property).Cast<IProperty>().SelectMany(index => mapping.TableMapping.ColumnMappings
            .Where(m => m.Property == index)
            .Select(m => (new SavedIndex(property, index), m.Column.Name))),
    ];
}
