namespace ColumnCrypt.EntityFrameworkCore.Model;

/// <summary>What a converter encrypts for.</summary>
/// <param name="Purpose">The purpose.</param>
/// <param name="Tenant">The constant tenant, or null for the context's.</param>
internal sealed record EncryptionMarker(string Purpose, string? Tenant);
