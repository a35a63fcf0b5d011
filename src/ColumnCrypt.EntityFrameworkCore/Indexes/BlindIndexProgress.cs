namespace ColumnCrypt.EntityFrameworkCore.Indexes;

/// <summary>How far the filling of blind indexes has come: counts of this run.</summary>
/// <param name="Table">The table that is being walked.</param>
/// <param name="Column">Its column whose indexes are being filled.</param>
/// <param name="Processed">Rows looked at, in all tables; a row once for each indexed column.</param>
/// <param name="Filled">Rows whose index columns were set.</param>
/// <param name="Failed">Rows that could not be filled.</param>
public sealed record BlindIndexProgress(string Table, string Column, long Processed, long Filled, long Failed);
