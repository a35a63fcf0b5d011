namespace ColumnCrypt.Stepping;

/// <summary>A column that a pass reads. Immutable.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Shape">What the database says of it.</param>
/// <param name="IsSet">Whether the pass writes it.</param>
/// <param name="IsGuard">Whether a row is written only while this still holds what was read.</param>
internal sealed record StepColumn(string Name, ColumnShape Shape, bool IsSet, bool IsGuard);
