using ColumnCrypt.Rewrap;
using ColumnCrypt.Tool.Jobs;

namespace ColumnCrypt.Tool.Rewrap;

/// <summary>What a rewrap did, as JSON has it.</summary>
/// <param name="DryRun">True where nothing was done.</param>
/// <param name="Processed">The keys that this run looked at.</param>
/// <param name="Succeeded">Those that are, or were already, as wanted.</param>
/// <param name="Failed">Those that could not be moved.</param>
/// <param name="Remaining">After a dry run, those that would be moved.</param>
/// <param name="Elapsed">How long it took.</param>
/// <param name="Failures">The keys that could not be moved, and why.</param>
/// <param name="Job">The job, with its counters over all runs.</param>
internal sealed record RewrapView(
    bool DryRun, long Processed, long Succeeded, long Failed, long Remaining, TimeSpan Elapsed, IReadOnlyList<KeyFailure> Failures, JobView? Job);
