using ColumnCrypt.Metadata;

namespace ColumnCrypt.Keys;

/// <summary>A key that is to be made.</summary>
/// <param name="Tenant">The tenant; "" for an intermediate key, which is no tenant's.</param>
/// <param name="OwnKek">The URI of the tenant's own KEK, as its row says; null for the application's.</param>
/// <param name="Kind">The kind.</param>
/// <param name="Version">The version.</param>
/// <param name="State">The state that it begins in.</param>
/// <param name="Also">The URI of a KEK that wraps it beside those that the configuration wraps with; null for none.</param>
internal readonly record struct WantedKey(string Tenant, string? OwnKek, KeyKind Kind, int Version, KeyState State, string? Also = null);
