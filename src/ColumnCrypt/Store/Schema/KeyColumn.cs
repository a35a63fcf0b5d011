namespace ColumnCrypt.Store.Schema;

/// <summary>A column of the key tables.</summary>
/// <param name="Name">The name, lower case.</param>
/// <param name="Type">The type.</param>
/// <param name="IsNullable">Whether NULL is allowed.</param>
/// <param name="Check">A condition on the value in SQL that SQLite and PostgreSQL both understand, or null.</param>
public sealed record KeyColumn(string Name, KeyColumnType Type, bool IsNullable, string? Check);
