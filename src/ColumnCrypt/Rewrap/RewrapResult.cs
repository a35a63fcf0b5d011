using ColumnCrypt.Jobs;

namespace ColumnCrypt.Rewrap;

/// <summary>What a rewrap did.</summary>
/// <param name="Job">The job, with its counters over all runs; null after a dry run.</param>
/// <param name="Processed">The keys that this run looked at.</param>
/// <param name="Succeeded">Those that are now, or were already, as the rewrap wants them.</param>
/// <param name="Failures">Those that could not be moved, at most 1,000 of them; they keep their old wraps.</param>
/// <param name="Elapsed">How long this run took.</param>
public sealed record RewrapResult(JobInfo? Job, long Processed, long Succeeded, IReadOnlyList<KeyFailure> Failures, TimeSpan Elapsed)
{
    /// <summary>True where the new KEK is an escrow: its wraps could not be proved here, and nothing is to be dropped for it.</summary>
    public bool IsEscrow { get; init; }
}
