namespace ColumnCrypt.Store;

/// <summary>The end of the audit's chain, as a transaction that holds its lock sees it.</summary>
/// <param name="Sequence">The number of the last chained entry; 0 where there is none.</param>
/// <param name="Last">The last chained entry, or null where there is none.</param>
public sealed record AuditHead(long Sequence, Metadata.AuditRecord? Last);
