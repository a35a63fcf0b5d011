namespace ColumnCrypt.Stepping;

/// <summary>A row that a walk left as it is.</summary>
/// <param name="Table">Its table, with the schema where there is one.</param>
/// <param name="Row">The values of its primary key, as JSON.</param>
/// <param name="Reason">Why; never data.</param>
public sealed record RowFailure(string Table, string Row, string Reason);
