using ColumnCrypt.Format;

namespace ColumnCrypt.Audit;

/// <summary>An entry of the audit.</summary>
/// <param name="Sequence">Its number in the chain.</param>
/// <param name="At">When it was done.</param>
/// <param name="Actor">Who did it.</param>
/// <param name="Action">What was done.</param>
/// <param name="Tenant">The tenant, or null.</param>
/// <param name="KeyId">The key, or null.</param>
/// <param name="Detail">The reason given, and figures; or null.</param>
public sealed record AuditEntry(long Sequence, DateTimeOffset At, string Actor, string Action, string? Tenant, KeyId? KeyId, string? Detail);
