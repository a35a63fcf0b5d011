using ColumnCrypt.Metadata;

namespace ColumnCrypt.Rows;

/// <summary>How many rows of a column are under a key.</summary>
/// <param name="Column">The column.</param>
/// <param name="Rows">How many; null where the column is in another database than the one that was read.</param>
public sealed record ColumnRows(ColumnRecord Column, long? Rows);
