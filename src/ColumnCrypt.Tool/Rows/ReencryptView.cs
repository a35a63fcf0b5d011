using ColumnCrypt.Format;
using ColumnCrypt.Reencrypting;
using ColumnCrypt.Stepping;
using ColumnCrypt.Tool.Jobs;

namespace ColumnCrypt.Tool.Rows;

/// <summary>What a re-encryption did, as JSON has it: see <see cref="ReencryptResult"/>.</summary>
internal sealed record ReencryptView(
    bool DryRun, long Processed, long Changed, long Conflicts, TimeSpan Elapsed, TimeSpan? Estimate, IReadOnlyList<RowFailure> Failures, IReadOnlyList<KeyRemainder> Left,
    IReadOnlyList<KeyId> Emptied, int ColumnsElsewhere, JobView? Job);
