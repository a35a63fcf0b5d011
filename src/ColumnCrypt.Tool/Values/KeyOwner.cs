namespace ColumnCrypt.Tool.Values;

/// <summary>Whose key it is, as the key table says without its mac being checked.</summary>
/// <param name="Tenant">The tenant; "" for a key of no tenant, null for an unknown key.</param>
/// <param name="Error">Why the key table could not be asked, or null.</param>
internal sealed record KeyOwner(string? Tenant, string? Error);
