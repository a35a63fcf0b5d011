namespace ColumnCrypt.Stepping;

/// <summary>A column as the database has it. Immutable.</summary>
/// <param name="Type">Its type as SQL has it.</param>
/// <param name="IsNullable">Whether it may be NULL.</param>
internal sealed record ColumnShape(string Type, bool IsNullable);
