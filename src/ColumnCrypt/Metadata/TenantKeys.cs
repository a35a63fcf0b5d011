namespace ColumnCrypt.Metadata;

/// <summary>All that the key tables hold of one tenant, read in one statement.</summary>
/// <param name="Tenant">The tenant's row, or null where the tenant is unknown.</param>
/// <param name="Keys">Its keys, oldest version first.</param>
/// <param name="Wraps">The wraps of these keys that still have their bytes.</param>
public sealed record TenantKeys(TenantRecord? Tenant, IReadOnlyList<KeyRecord> Keys, IReadOnlyList<WrapRecord> Wraps);
