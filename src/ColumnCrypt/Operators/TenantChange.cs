using ColumnCrypt.Metadata;

namespace ColumnCrypt.Operators;

/// <summary>What a verb wants to be different about one tenant: rows without their new versions, generation and macs.</summary>
/// <param name="Tenant">The tenant's row as it is to be.</param>
/// <param name="Keys">The changed keys as they are to be.</param>
/// <param name="Entry">What the audit says about it.</param>
/// <param name="DropWraps">True to clear every wrap of <paramref name="Keys"/>.</param>
internal sealed record TenantChange(TenantRecord Tenant, IReadOnlyList<KeyRecord> Keys, AuditRecord Entry, bool DropWraps = false);
