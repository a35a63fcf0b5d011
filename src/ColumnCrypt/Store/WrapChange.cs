using ColumnCrypt.Format;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Store;

/// <summary>A change of one key's wraps. What it adds comes in the place of a dropped row of the same KEK and version.</summary>
/// <param name="KeyId">The key.</param>
/// <param name="Tenant">Its tenant, or "".</param>
/// <param name="RowVersion">The version in which the key's row must stand.</param>
/// <param name="Added">Wraps to write, with their bytes: new ones, or ones verified anew.</param>
/// <param name="Dropped">Wraps, by KEK and version, whose bytes are cleared. At least one other wrap with bytes must remain, else the change is left out.</param>
public sealed record WrapChange(KeyId KeyId, string Tenant, long RowVersion, IReadOnlyList<WrapRecord> Added, IReadOnlyList<WrapName> Dropped)
{
    /// <summary>
    /// The KEK policy that the tenant's row must name, checked under its lock: what a KEK may wrap was decided by it. Null where the
    /// application's KEK wraps the tenant's keys, and for a key of no tenant.
    /// </summary>
    public string? KekPolicy { get; init; }
}
