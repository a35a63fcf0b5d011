using ColumnCrypt.Format;

namespace ColumnCrypt.Rewrap;

/// <summary>A key with which something could not be done.</summary>
/// <param name="KeyId">The key.</param>
/// <param name="Tenant">Its tenant, or "".</param>
/// <param name="Reason">Why, and what to do about it.</param>
public sealed record KeyFailure(KeyId KeyId, string Tenant, string Reason);
