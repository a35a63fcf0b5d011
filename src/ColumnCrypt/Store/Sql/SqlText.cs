using System.Globalization;
using ColumnCrypt.Store.Schema;

namespace ColumnCrypt.Store.Sql;

/// <summary>Parts of statements.</summary>
internal static class SqlText
{
    /// <summary>All columns of a table, in its order, as <see cref="RowReader"/> reads them.</summary>
    public static string Columns(string alias, KeyTable table) => string.Join(", ", table.Columns.Select(column => $"{alias}.{column.Name}"));

    /// <summary>Assigns to all columns but some the parameters of their names.</summary>
    public static string Assignments(KeyTable table, params string[] except) =>
        string.Join(", ", Names(table, except).Select(static name => $"{name} = @{name}"));

    /// <summary>Inserts one row, given by parameters, unless that would break a uniqueness.</summary>
    public static string Insert(KeyStoreDialect dialect, KeyTable table, params string[] except) =>
        $"INSERT INTO {dialect.Qualify(table)} ({string.Join(", ", Names(table, except))}) "
        + $"VALUES ({string.Join(", ", Names(table, except).Select(static name => $"@{name}"))}) ON CONFLICT DO NOTHING";

    /// <summary>Inserts the rows of <see cref="SqlRows"/>, but those that would break a uniqueness.</summary>
    /// <param name="dialect">The dialect.</param>
    /// <param name="table">The table.</param>
    /// <param name="conflict">What becomes of a row that would break one.</param>
    /// <param name="where">Which rows of <c>i</c> are inserted.</param>
    public static string InsertRows(KeyStoreDialect dialect, KeyTable table, string conflict = "DO NOTHING", string where = "1 = 1")
    {
        var names = Names(table, []).ToList();
        return $"INSERT INTO {dialect.Qualify(table)} AS r ({string.Join(", ", names)}) SELECT {string.Join(", ", names.Select(static name => $"i.{name}"))} "
            + $"FROM {Rows(dialect, [.. names])} WHERE {where} ON CONFLICT {conflict}";
    }

    /// <summary>What <see cref="SqlRows"/> become in a FROM clause: rows called <c>i</c>.</summary>
    public static string Rows(KeyStoreDialect dialect, params string[] names) => dialect.TakesArrays
        ? $"unnest({string.Join(", ", names.Select(static name => $"@{name}"))}) AS i ({string.Join(", ", names)})"
        : $"(SELECT {string.Join(", ", names.Select(static name => $"@{name} AS {name}"))}) AS i";

    /// <summary>What a statement that raises the generation counter ends with, so that listeners are told: nothing where the dialect tells nobody.</summary>
    public static string Announced(KeyStoreDialect dialect, string before) => dialect.Announcement is { } announcement ? before + announcement : "";

    public static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static IEnumerable<string> Names(KeyTable table, string[] except) =>
        table.Columns.Select(static column => column.Name).Where(name => !except.Contains(name, StringComparer.Ordinal));
}
