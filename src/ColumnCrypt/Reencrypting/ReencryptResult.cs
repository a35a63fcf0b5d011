using ColumnCrypt.Format;
using ColumnCrypt.Jobs;
using ColumnCrypt.Stepping;

namespace ColumnCrypt.Reencrypting;

/// <summary>What a re-encryption did.</summary>
/// <param name="Job">The job, with its counters over all runs; null after a dry run.</param>
/// <param name="Processed">The rows that this run looked at; after a dry run, the values that a run would move.</param>
/// <param name="Changed">Those that it moved.</param>
/// <param name="Conflicts">How often a row was changed by others between reading and writing, and was read again. None of those changes was lost.</param>
/// <param name="Failures">Rows that were left as they are, at most 1,000 of them.</param>
/// <param name="Left">The keys that are not Active and have values under them, counted afterwards.</param>
/// <param name="Emptied">
/// The Deactivated and Compromised data keys without a value in any column of the manifest: they may be destroyed. Empty where the manifest
/// names columns of other databases, which were not counted, and where rows were left while a transaction stayed open that may have written: the next run says it.
/// </param>
/// <param name="Elapsed">How long this run took.</param>
public sealed record ReencryptResult(
    JobInfo? Job, long Processed, long Changed, long Conflicts, IReadOnlyList<RowFailure> Failures, IReadOnlyList<KeyRemainder> Left, IReadOnlyList<KeyId> Emptied, TimeSpan Elapsed)
{
    /// <summary>After a dry run, about how long a run would take without a limit: measured by decrypting a sample of the rows. Else null.</summary>
    public TimeSpan? Estimate { get; init; }

    /// <summary>How many columns of the manifest are in other databases; they were neither moved nor counted.</summary>
    public int ColumnsElsewhere { get; init; }
}
