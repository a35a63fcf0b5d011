namespace ColumnCrypt.Audit;

/// <summary>
/// The end of the audit's chain at one moment. Kept outside the database, it shows later that no entry up to it was removed or
/// rewritten.
/// </summary>
/// <param name="InstallationId">The installation, 32 hex digits.</param>
/// <param name="Sequence">The number of the last entry; 0 for an empty chain.</param>
/// <param name="Hash">SHA-256 of that entry, its mac included, 64 hex digits; 64 zeros for an empty chain.</param>
/// <param name="At">When it was taken.</param>
public sealed record AuditCheckpoint(string InstallationId, long Sequence, string Hash, DateTimeOffset At);
