namespace ColumnCrypt.Stepping;

/// <summary>A row as it was read. Immutable.</summary>
/// <param name="Key">The values of its primary key, as they are bound again.</param>
/// <param name="Values">The values of its columns as the database's client gives them; null is NULL.</param>
/// <param name="Guards">The values of the guards, as they are compared; null is NULL.</param>
internal sealed record StepRow(object[] Key, object?[] Values, object?[] Guards);
