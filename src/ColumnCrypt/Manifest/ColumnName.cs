using ColumnCrypt.Metadata;

namespace ColumnCrypt.Manifest;

/// <summary>A column in messages and on command lines: <c>table.column</c>, with its schema where the database has schemas. Stateless.</summary>
internal static class ColumnName
{
    /// <summary>With its schema where it has one.</summary>
    public static string Of(ColumnRecord column) => column.Schema.Length == 0 ? Short(column) : $"{column.Schema}.{Short(column)}";

    /// <summary>With its database, as the audit has it: columns of two databases may have one name.</summary>
    public static string Full(ColumnRecord column) => $"{column.Database}/{Of(column)}";

    /// <summary>Without its schema.</summary>
    public static string Short(ColumnRecord column) => $"{column.Table}.{column.Column}";
}
