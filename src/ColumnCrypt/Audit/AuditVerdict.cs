namespace ColumnCrypt.Audit;

/// <summary>What a check of the audit found.</summary>
/// <param name="IsValid">True where every entry is as it was written, up to the end and to the checkpoint.</param>
/// <param name="Entries">How many chained entries were checked.</param>
/// <param name="Unchained">How many entries of application nodes wait to be chained.</param>
/// <param name="FirstBad">The number of the first entry that is wrong or missing; null where none is.</param>
/// <param name="Finding">What is wrong there, in a sentence; null where nothing is.</param>
public sealed record AuditVerdict(bool IsValid, long Entries, long Unchained, long? FirstBad, string? Finding);
