using ColumnCrypt.Jobs;
using ColumnCrypt.Manifest;
using ColumnCrypt.Stepping;

namespace ColumnCrypt.Adopting;

/// <summary>What a step of an adoption did.</summary>
/// <param name="Job">The job, with its counters over all runs; null after a dry run, and for the end of an adoption in place.</param>
/// <param name="State">The state that the column is in now.</param>
/// <param name="Processed">The rows that this run looked at, each once a pass; after a dry run, the rows that have to be changed.</param>
/// <param name="Changed">Those that it changed.</param>
/// <param name="Conflicts">How often a row was changed by others between reading and writing, and was read again. None of those changes was lost.</param>
/// <param name="Failures">Rows that were left as they are, at most 1,000 of them. While there is one, the state stays as it is.</param>
/// <param name="NextStep">What comes next, and from when on.</param>
/// <param name="Elapsed">How long this run took.</param>
public sealed record AdoptResult(
    JobInfo? Job, AdoptionState State, long Processed, long Changed, long Conflicts, IReadOnlyList<RowFailure> Failures, string NextStep, TimeSpan Elapsed)
{
    /// <summary>
    /// True where the step came to its end; false where rows were left, and the column in its state: <see cref="NextStep"/> says why, and the job is Stopped.
    /// False after a dry run, too.
    /// </summary>
    public bool IsDone { get; init; }

    /// <summary>After a dry run, about how long a run would take. Else null.</summary>
    public TimeSpan? Estimate { get; init; }
}
