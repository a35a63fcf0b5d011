using System.Globalization;
using ColumnCrypt.EntityFrameworkCore.Model;
using ColumnCrypt.EntityFrameworkCore.Operations;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage;

namespace ColumnCrypt.EntityFrameworkCore.Indexes;

/// <summary>
/// A column with its blind indexes in one table, or several with their composite one, and the statements that walk them, as SQLite and PostgreSQL
/// share them: row values, LIMIT.
/// Immutable, thread-safe.
/// </summary>
internal sealed class IndexedColumn
{
    private readonly string _from;
    private readonly string[] _values;
    private readonly string[] _keys;
    private readonly string[] _indexes;

    private IndexedColumn(IColumnMapping mapping, IReadOnlyList<(SavedIndex Index, string Column)> indexes, ISqlGenerationHelper sql)
    {
        var table = mapping.TableMapping.Table;
        Properties = indexes[0].Index.Sources;
        Table = table.Name;
        Schema = table.Schema;
        string[] columns = [.. Properties.Select(property => mapping.TableMapping.ColumnMappings.First(m => m.Property == property).Column.Name)];
        Column = string.Join(", ", columns);
        Indexes = indexes;
        KeyColumns = [.. table.PrimaryKey?.Columns.Select(static c => c.Name) ?? throw new EncryptionModelException(
            $"The blind indexes of {table.Name}.{Column} cannot be walked: the table has no primary key in the model. Give its entity one.")];
        _from = sql.DelimitIdentifier(table.Name, table.Schema);
        _values = [.. columns.Select(sql.DelimitIdentifier)];
        _keys = [.. KeyColumns.Select(sql.DelimitIdentifier)];
        _indexes = [.. indexes.Select(i => sql.DelimitIdentifier(i.Column))];
    }

    /// <summary>The property that is indexed, or those of a composite index in order.</summary>
    public IReadOnlyList<IProperty> Properties { get; }

    public string? Schema { get; }

    public string Table { get; }

    /// <summary>The name of the column, or the names of those of a composite index, as messages have them.</summary>
    public string Column { get; }

    public IReadOnlyList<string> KeyColumns { get; }

    /// <summary>The indexes, each with its column.</summary>
    public IReadOnlyList<(SavedIndex Index, string Column)> Indexes { get; }

    /// <summary>Every indexed column of a context's tables.</summary>
    public static IReadOnlyList<IndexedColumn> Of(DbContext context)
    {
        var sql = context.GetService<ISqlGenerationHelper>();
        return
        [
            .. EncryptedColumns.Of(context.Model)
                .Where(static c => c.Mapping is IColumnMapping)
                .DistinctBy(static c => c.Mapping.Column)
                .SelectMany(c => IndexesOf(c.Property, c.Mapping)
                    .GroupBy(static i => string.Join(',', BlindIndexes.PartsOf(i.Index.Index)), StringComparer.Ordinal)
                    .Select(indexes => new IndexedColumn((IColumnMapping)c.Mapping, [.. indexes], sql))),
        ];
    }

    /// <summary>Reads a page of rows: the key columns, the values where there is something to do with them, else NULL, and the index columns.</summary>
    /// <param name="isFirst">False to go on behind the key in <c>@p0…</c>.</param>
    /// <param name="all">True to read the values whose index columns are all set, too.</param>
    /// <param name="size">How many rows.</param>
    public string Page(bool isFirst, bool all, int size)
    {
        string keys = string.Join(", ", _keys);
        string anyMissing = string.Join(" OR ", _indexes.Select(static i => $"{i} IS NULL"));
        string values = string.Join(", ", _values.Select(value => all ? value : $"CASE WHEN {anyMissing} THEN {value} END"));
        string after = isFirst ? "" : $" WHERE ({keys}) > ({string.Join(", ", _keys.Select(static (_, i) => Parameter(i)))})";
        return string.Create(CultureInfo.InvariantCulture, $"SELECT {keys}, {values}, {string.Join(", ", _indexes)} FROM {_from}{after} ORDER BY {keys} LIMIT {size}");
    }

    /// <summary>Sets every index column of a row, unless a value is another than it was: the parameters are the key, those values, and the index values.</summary>
    public string Update()
    {
        int first = _keys.Length + _values.Length;
        string unchanged = string.Join(" AND ", _values.Select((value, i) => $"{value} = {Parameter(_keys.Length + i)}"));
        return $"UPDATE {_from} SET {string.Join(", ", _indexes.Select((column, i) => $"{column} = {Parameter(first + i)}"))} WHERE {KeyIs} AND {unchanged}";
    }

    /// <summary>The keys of other rows that hold an index value: the parameters are the key of this one, and that value.</summary>
    public string Others(int index) =>
        $"SELECT {string.Join(", ", _keys)} FROM {_from} WHERE NOT ({KeyIs}) AND {_indexes[index]} = {Parameter(_keys.Length)} LIMIT 1";

    /// <summary>A row's key as a report names it.</summary>
    public string KeyText(IEnumerable<object> key) =>
        string.Join(", ", KeyColumns.Zip(key, static (name, value) => string.Create(CultureInfo.InvariantCulture, $"{name}={(value is byte[] bytes ? Convert.ToHexString(bytes) : value)}")));

    private string KeyIs => string.Join(" AND ", _keys.Select(static (key, i) => $"{key} = {Parameter(i)}"));

    private static string Parameter(int i) => string.Create(CultureInfo.InvariantCulture, $"@p{i}");

    private static List<(SavedIndex Index, string Column)> IndexesOf(IProperty property, IColumnMappingBase mapping) =>
    [
        .. BlindIndexes.Of(property).Cast<IProperty>().SelectMany(index => mapping.TableMapping.ColumnMappings
            .Where(m => m.Property == index)
            .Select(m => (SavedIndex.Of(index), m.Column.Name))),
    ];
}
