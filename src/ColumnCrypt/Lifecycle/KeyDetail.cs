namespace ColumnCrypt.Lifecycle;

/// <summary>A key with every wrap that it has or had.</summary>
/// <param name="Tenant">Its tenant, or "" for a key of no tenant.</param>
/// <param name="Key">The key.</param>
/// <param name="Wraps">Its wraps.</param>
public sealed record KeyDetail(string Tenant, KeyInfo Key, IReadOnlyList<WrapInfo> Wraps);
