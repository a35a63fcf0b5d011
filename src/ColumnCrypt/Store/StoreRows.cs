using ColumnCrypt.Metadata;

namespace ColumnCrypt.Store;

/// <summary>Rows of a backup, or a page of them.</summary>
/// <param name="Tenants">Tenants.</param>
/// <param name="Keys">Keys with all their wraps.</param>
/// <param name="Keks">KEKs.</param>
/// <param name="Columns">The manifest.</param>
/// <param name="Audit">Audit entries.</param>
public sealed record StoreRows(
    IReadOnlyList<TenantRecord> Tenants,
    IReadOnlyList<KeyWithWraps> Keys,
    IReadOnlyList<KekRecord> Keks,
    IReadOnlyList<ColumnRecord> Columns,
    IReadOnlyList<AuditRecord> Audit);
