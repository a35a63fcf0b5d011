using System.Globalization;
using ColumnCrypt.EntityFrameworkCore.Model;
using ColumnCrypt.EntityFrameworkCore.Runtime;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage;

namespace ColumnCrypt.EntityFrameworkCore.Indexes;

/// <summary>
/// An encrypted column of one table, or several of a composite index, that is walked by the table's primary key, with SQL that SQLite and PostgreSQL
/// share: row values, LIMIT.
/// Immutable, thread-safe.
/// </summary>
internal abstract class WalkedColumn
{
    protected WalkedColumn(IReadOnlyList<IProperty> properties, IColumnMapping mapping, ISqlGenerationHelper sql)
    {
        var table = mapping.TableMapping.Table;
        Properties = properties;
        Table = table.Name;
        Schema = table.Schema;
        string[] columns = [.. properties.Select(property => mapping.TableMapping.ColumnMappings.First(m => m.Property == property).Column.Name)];
        Column = string.Join(", ", columns);
        KeyColumns = [.. table.PrimaryKey?.Columns.Select(static c => c.Name) ?? throw new EncryptionModelException(
            $"The blind indexes of {table.Name}.{Column} cannot be walked: the table has no primary key in the model. Give its entity one.")];
        From = sql.DelimitIdentifier(table.Name, table.Schema);
        Values = [.. columns.Select(sql.DelimitIdentifier)];
        Keys = [.. KeyColumns.Select(sql.DelimitIdentifier)];
    }

    /// <summary>The property that is indexed, or those of a composite index in order.</summary>
    public IReadOnlyList<IProperty> Properties { get; }

    public string? Schema { get; }

    public string Table { get; }

    /// <summary>The name of the column, or the names of those of a composite index, as messages have them.</summary>
    public string Column { get; }

    public IReadOnlyList<string> KeyColumns { get; }

    /// <summary>The index versions that it has.</summary>
    public abstract IEnumerable<int> Versions { get; }

    /// <summary>The table, as SQL has it.</summary>
    protected string From { get; }

    /// <summary>The columns of the values, as SQL has them.</summary>
    protected string[] Values { get; }

    /// <summary>The columns of the primary key, as SQL has them.</summary>
    protected string[] Keys { get; }

    /// <summary>A condition that a row is the one whose key is in <c>@p0…</c>.</summary>
    protected string KeyIs => string.Join(" AND ", Keys.Select(static (key, i) => $"{key} = {Parameter(i)}"));

    /// <summary>A condition that one of its values is NULL, so that there is nothing to index.</summary>
    protected string IsAnyNull => $"({string.Join(" OR ", Values.Select(static value => $"{value} IS NULL"))})";

    /// <summary>A condition that its values are those in the parameters behind the key.</summary>
    protected string IsUnchanged => string.Join(" AND ", Values.Select((value, i) => $"{value} = {Parameter(Keys.Length + i)}"));

    /// <summary>Every encrypted column of a model that is in a table.</summary>
    protected static IEnumerable<(IProperty Property, IColumnMapping Mapping)> ColumnsOf(IModel model) => EncryptedColumns.Of(model)
        .Where(static c => c.Mapping is IColumnMapping)
        .DistinctBy(static c => c.Mapping.Column)
        .Select(static c => (c.Property, (IColumnMapping)c.Mapping));

    /// <summary>What there should be for the values, computed in the open write window.</summary>
    public abstract byte[]?[] RightOf(Func<IProperty, object?> value, ContextScope scope);

    /// <summary>Reads a page of rows: the key columns, the values where there is something to do with them, else NULL, and then what the walk keeps of the row.</summary>
    /// <param name="isFirst">False to go on behind the key in <c>@p0…</c>.</param>
    /// <param name="all">True to read the values that have all they need, too.</param>
    /// <param name="size">How many rows.</param>
    public string Page(bool isFirst, bool all, int size)
    {
        string keys = string.Join(", ", Keys);
        var values = Values.Select(value => all ? value : $"CASE WHEN {IsMissing} THEN {value} END");
        string after = isFirst ? "" : $" WHERE ({keys}) > ({string.Join(", ", Keys.Select(static (_, i) => Parameter(i)))})";
        return string.Create(CultureInfo.InvariantCulture, $"SELECT {string.Join(", ", [.. Keys, .. values, .. Kept])} FROM {From}{after} ORDER BY {keys} LIMIT {size}");
    }

    /// <summary>A row's key as a report names it.</summary>
    public string KeyText(IEnumerable<object> key) =>
        string.Join(", ", KeyColumns.Zip(key, static (name, value) => string.Create(CultureInfo.InvariantCulture, $"{name}={(value is byte[] bytes ? Convert.ToHexString(bytes) : value)}")));

    /// <summary>A condition that a row lacks something.</summary>
    protected abstract string IsMissing { get; }

    /// <summary>What else is read of a row.</summary>
    protected abstract IEnumerable<string> Kept { get; }

    protected static string Parameter(int i) => string.Create(CultureInfo.InvariantCulture, $"@p{i}");
}
