namespace ColumnCrypt.Shredding;

/// <summary>An encrypted column of the manifest.</summary>
/// <param name="Database">The database.</param>
/// <param name="Schema">The schema, or "".</param>
/// <param name="Table">The table.</param>
/// <param name="Column">The column.</param>
/// <param name="Purpose">Its purpose.</param>
public sealed record ErasedColumn(string Database, string Schema, string Table, string Column, string Purpose);
