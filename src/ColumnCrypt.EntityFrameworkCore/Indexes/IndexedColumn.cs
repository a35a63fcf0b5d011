using ColumnCrypt.EntityFrameworkCore.Model;
using ColumnCrypt.EntityFrameworkCore.Operations;
using ColumnCrypt.EntityFrameworkCore.Runtime;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage;

namespace ColumnCrypt.EntityFrameworkCore.Indexes;

/// <summary>A column with its blind indexes in one table, or several with their composite one. Immutable, thread-safe.</summary>
internal sealed class IndexedColumn : WalkedColumn
{
    private readonly string[] _indexes;

    private IndexedColumn(IColumnMapping mapping, IReadOnlyList<(SavedIndex Index, string Column)> indexes, ISqlGenerationHelper sql)
        : base(indexes[0].Index.Sources, mapping, sql)
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
                .SelectMany(c => IndexesOf(c.Property, c.Mapping)
                    .GroupBy(static i => string.Join(',', BlindIndexes.PartsOf(i.Index.Index)), StringComparer.Ordinal)
                    .Select(indexes => new IndexedColumn(c.Mapping, [.. indexes], sql))),
        ];
    }

    public override byte[]?[] RightOf(Func<IProperty, object?> value, ContextScope scope) => [.. Indexes.Select(index => index.Index.BytesOf(value))];

    /// <summary>
    /// Sets every index column of a row, unless a value is another than it was: the parameters are the key, those values unless one was NULL, and the
    /// index values.
    /// </summary>
    public string Update(bool isNull)
    {
        int first = Keys.Length + (isNull ? 0 : Properties.Count);
        return $"UPDATE {From} SET {string.Join(", ", _indexes.Select((column, i) => $"{column} = {Parameter(first + i)}"))} WHERE {KeyIs} AND {(isNull ? IsAnyNull : IsUnchanged)}";
    }

    /// <summary>The keys of other rows that hold an index value: the parameters are the key of this one, and that value.</summary>
    public string Others(int index) =>
        $"SELECT {string.Join(", ", Keys)} FROM {From} WHERE NOT ({KeyIs}) AND {_indexes[index]} = {Parameter(Keys.Length)} LIMIT 1";

    private static List<(SavedIndex Index, string Column)> IndexesOf(IProperty property, IColumnMappingBase mapping) =>
    [
        .. BlindIndexes.Of(property).Cast<IProperty>().SelectMany(index => mapping.TableMapping.ColumnMappings
            .Where(m => m.Property == index)
            .Select(m => (SavedIndex.Of(index), m.Column.Name))),
    ];
}
