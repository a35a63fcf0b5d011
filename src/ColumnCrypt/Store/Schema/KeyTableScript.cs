using System.Globalization;
using System.Text;

namespace ColumnCrypt.Store.Schema;

/// <summary>Makes the statements that create the key tables where they are missing.</summary>
internal static class KeyTableScript
{
    /// <summary>The statements, in order, without those that lock or frame a transaction.</summary>
    /// <param name="typeName">The database's name of a column type.</param>
    /// <param name="qualify">The qualified, quoted name of a table.</param>
    public static IEnumerable<string> Statements(Func<KeyColumnType, string> typeName, Func<KeyTable, string> qualify)
    {
        foreach (var table in KeyTableSchema.Tables)
        {
            yield return CreateTable(table, typeName, qualify(table));
            foreach (var index in table.Indexes)
            {
                yield return CreateIndex(index, qualify(table));
            }
        }

        yield return KeyTableSchema.InsertVersion(qualify(KeyTableSchema.Schema));
    }

    /// <summary>The columns that tables of an earlier ColumnCrypt lack.</summary>
    /// <param name="table">The table.</param>
    /// <param name="there">The columns that it has.</param>
    public static IEnumerable<KeyColumn> Lacking(KeyTable table, IReadOnlySet<string> there) =>
        table.Columns.Where(column => column.Default is not null && !there.Contains(column.Name));

    /// <summary>A column as a table is made, or altered, with it.</summary>
    public static string Definition(KeyColumn column, Func<KeyColumnType, string> typeName) =>
        $"{Quote(column.Name)} {typeName(column.Type)}{(column.IsNullable ? "" : " NOT NULL")}{(column.Default is { } text ? $" DEFAULT '{text}'" : "")}";

    public static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    public static string Quote(IEnumerable<string> names) => string.Join(", ", names.Select(Quote));

    private static string CreateTable(KeyTable table, Func<KeyColumnType, string> typeName, string qualified)
    {
        var sql = new StringBuilder($"CREATE TABLE IF NOT EXISTS {qualified} (\n");
        foreach (var column in table.Columns)
        {
            sql.Append(CultureInfo.InvariantCulture, $"    {Definition(column, typeName)},\n");
        }

        sql.Append(CultureInfo.InvariantCulture, $"    CONSTRAINT {Quote(table.PrimaryKeyName)} PRIMARY KEY ({Quote(table.PrimaryKey)})");
        foreach (var column in table.Columns.Where(static column => column.Check is not null))
        {
            sql.Append(CultureInfo.InvariantCulture, $",\n    CONSTRAINT {Quote(table.CheckName(column))} CHECK ({column.Check})");
        }

        return sql.Append("\n)").ToString();
    }

    private static string CreateIndex(KeyIndex index, string qualified) =>
        $"CREATE {(index.IsUnique ? "UNIQUE " : "")}INDEX IF NOT EXISTS {Quote(index.Name)} ON {qualified} ({Quote(index.Columns)})"
        + (index.Filter is null ? "" : $" WHERE {index.Filter}");
}
