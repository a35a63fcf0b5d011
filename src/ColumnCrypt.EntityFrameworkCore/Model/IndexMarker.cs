namespace ColumnCrypt.EntityFrameworkCore.Model;

/// <summary>What the converter of an index column computes: columns with equal ones can be compared.</summary>
/// <param name="Purpose">The purpose.</param>
/// <param name="Kind">The kind.</param>
/// <param name="Normaliser">The normaliser.</param>
/// <param name="Version">The index version.</param>
/// <param name="Bits">The bits.</param>
/// <param name="Tenant">The constant tenant, or null for the context's.</param>
internal sealed record IndexMarker(string Purpose, string Kind, string Normaliser, int Version, int Bits, string? Tenant);
