using ColumnCrypt.Metadata;

namespace ColumnCrypt.Store;

/// <summary>
/// A compare-and-swap over one tenant: the rows as they are to be, each of which must stand in the store with the row version
/// below its own. All or nothing, in one transaction that locks the tenant's row first.
/// </summary>
/// <param name="Tenant">The tenant's row: every change of a tenant's keys writes it too, with a new generation.</param>
/// <param name="Keys">The changed keys, in the order in which they are written.</param>
/// <param name="DropWraps">True to clear the bytes of every wrap of <paramref name="Keys"/>; their rows stay.</param>
/// <param name="Chain">Audit entries of an operator, chained in the same transaction; null for none.</param>
/// <param name="Entry">An audit entry of an application node, written outside the chain in the same transaction; null for none.</param>
public sealed record KeyChange(TenantRecord Tenant, IReadOnlyList<KeyRecord> Keys, bool DropWraps = false, ChainEntries? Chain = null, AuditRecord? Entry = null);
