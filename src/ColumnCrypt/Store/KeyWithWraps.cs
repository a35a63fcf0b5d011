using ColumnCrypt.Metadata;

namespace ColumnCrypt.Store;

/// <summary>A key, the row of its tenant, and every wrap that it has or had.</summary>
/// <param name="Key">The key's row.</param>
/// <param name="Tenant">The row of its tenant; null for a key of no tenant.</param>
/// <param name="Wraps">Its wraps, ordered by KEK and version; a dropped one has no bytes.</param>
public sealed record KeyWithWraps(KeyRecord Key, TenantRecord? Tenant, IReadOnlyList<WrapRecord> Wraps);
