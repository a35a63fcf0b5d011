namespace ColumnCrypt.Tool.Keys;

/// <summary>A column that may hold values under a key.</summary>
internal sealed record DependentColumn(string Database, string? Schema, string Table, string Column, string Purpose);
