namespace ColumnCrypt.EntityFrameworkCore.Indexes;

/// <summary>A row whose blind indexes could not be filled.</summary>
/// <param name="Table">The table.</param>
/// <param name="Column">The column that is indexed.</param>
/// <param name="Key">The row's primary key: names of columns and their values.</param>
/// <param name="Reason">Why, and what to do about it; no value, and no index value.</param>
public sealed record BlindIndexFailure(string Table, string Column, string Key, string Reason);
