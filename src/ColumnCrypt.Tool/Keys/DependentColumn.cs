namespace ColumnCrypt.Tool.Keys;

/// <summary>A column that may hold values under a key.</summary>
/// <param name="Database">Its database.</param>
/// <param name="Schema">Its schema, or "".</param>
/// <param name="Table">Its table.</param>
/// <param name="Column">Its name.</param>
/// <param name="Purpose">Its purpose.</param>
/// <param name="Rows">How many do; null where they were not counted.</param>
internal sealed record DependentColumn(string Database, string? Schema, string Table, string Column, string Purpose, long? Rows = null);
