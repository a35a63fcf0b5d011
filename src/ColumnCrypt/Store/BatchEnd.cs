using ColumnCrypt.Metadata;

namespace ColumnCrypt.Store;

/// <summary>What a batch of wrap changes writes besides them, in the same transaction.</summary>
/// <param name="Job">The job with its new counters and cursor; null outside a job.</param>
/// <param name="Entries">The audit entries of the batch, chained.</param>
public sealed record BatchEnd(JobRecord? Job, IReadOnlyList<AuditRecord> Entries);
