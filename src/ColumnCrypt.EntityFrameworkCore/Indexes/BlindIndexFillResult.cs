namespace ColumnCrypt.EntityFrameworkCore.Indexes;

/// <summary>What a run has filled.</summary>
/// <param name="Processed">Rows looked at; a row once for each indexed column.</param>
/// <param name="Filled">Rows whose index columns were set.</param>
/// <param name="Changed">Rows that somebody changed or deleted between reading and writing: they were left as that writer left them.</param>
/// <param name="Shredded">Rows of shredded tenants: nobody can index them any more, or look for them.</param>
/// <param name="Failed">Rows that could not be filled.</param>
/// <param name="Failures">The first 1,000 of these.</param>
public sealed record BlindIndexFillResult(
    long Processed, long Filled, long Changed, long Shredded, long Failed, IReadOnlyList<BlindIndexFailure> Failures);
