namespace ColumnCrypt.Kek;

/// <summary>A KEK that belongs to one tenant (bring your own key): only that tenant's keys are ever wrapped or unwrapped by it.</summary>
/// <param name="Tenant">The tenant.</param>
/// <param name="Uri">The URI of the KEK.</param>
public sealed record TenantKek(string Tenant, string Uri);
