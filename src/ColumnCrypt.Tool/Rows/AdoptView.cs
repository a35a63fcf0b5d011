using ColumnCrypt.Adopting;
using ColumnCrypt.Manifest;
using ColumnCrypt.Stepping;
using ColumnCrypt.Tool.Jobs;

namespace ColumnCrypt.Tool.Rows;

/// <summary>What a step of an adoption did, as JSON has it: see <see cref="AdoptResult"/>.</summary>
internal sealed record AdoptView(
    bool DryRun, bool Done, AdoptionState State, long Processed, long Changed, long Conflicts, TimeSpan Elapsed, TimeSpan? Estimate, IReadOnlyList<RowFailure> Failures, string NextStep, JobView? Job);
