namespace ColumnCrypt.Rows;

/// <summary>A table of the tokens of a column, as the manifest names it. Immutable.</summary>
/// <param name="Table">The table.</param>
/// <param name="Schema">Its schema; "" where the database has none.</param>
/// <param name="Key">The columns that name the row that has a token, in the order of its primary key.</param>
internal sealed record TokenTableName(string Table, string Schema, IReadOnlyList<string> Key);
