using ColumnCrypt.Metadata;

namespace ColumnCrypt.Store;

/// <summary>What <see cref="IKeyStore.TryInsertKeyAsync"/> writes in one transaction.</summary>
/// <param name="Tenant">The tenant's row, written where the tenant has none yet; null for a key of no tenant.</param>
/// <param name="Key">The key's row.</param>
/// <param name="Wraps">Its wraps: one at least.</param>
/// <param name="Keks">The rows of the KEKs that made them, written where the table has none yet.</param>
/// <param name="Entry">The audit entry that says so, written outside the chain; null for none.</param>
public sealed record NewKey(TenantRecord? Tenant, KeyRecord Key, IReadOnlyList<WrapRecord> Wraps, IReadOnlyList<KekRecord> Keks, AuditRecord? Entry = null);
