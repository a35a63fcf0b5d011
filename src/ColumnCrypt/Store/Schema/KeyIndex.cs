namespace ColumnCrypt.Store.Schema;

/// <summary>An index of the key tables.</summary>
/// <param name="Name">The name, lower case.</param>
/// <param name="Columns">The columns, in order.</param>
/// <param name="IsUnique">Whether no two rows may share the values; NULLs are distinct.</param>
/// <param name="Filter">The rows that it covers, as a condition in SQL that SQLite and PostgreSQL both understand, or null for all.</param>
public sealed record KeyIndex(string Name, IReadOnlyList<string> Columns, bool IsUnique, string? Filter = null);
