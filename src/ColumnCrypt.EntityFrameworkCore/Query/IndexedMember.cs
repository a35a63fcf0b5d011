using ColumnCrypt.EntityFrameworkCore.Model;
using Microsoft.EntityFrameworkCore.Metadata;

namespace ColumnCrypt.EntityFrameworkCore.Query;

/// <summary>A blind index as queries see it.</summary>
/// <param name="Property">The name of the shadow property that holds it.</param>
/// <param name="Kind">The kind.</param>
/// <param name="Version">The index version.</param>
/// <param name="IsExact">True where its values are equal exactly where the property's are.</param>
internal sealed record IndexedMember(string Property, string Kind, int Version, bool IsExact)
{
    /// <summary>The indexes of a property alone in the order in which they are asked: lowest version first, for rows may still lack a later one, and last those that are retiring.</summary>
    public static IReadOnlyList<IndexedMember> Of(IReadOnlyProperty property) =>
    [
        .. BlindIndexes.Of(property)
            .Where(static p => BlindIndexes.PartsOf(p).Count == 0)
            .Select(static p => (p.Name, Marker: IndexConverter.MarkerOf(p.GetValueConverter())!, IsRetiring: p.FindAnnotation(EncryptionAnnotations.Retiring) is not null))
            .OrderBy(static i => i.IsRetiring)
            .ThenBy(static i => i.Marker.Version)
            .Select(static i => new IndexedMember(
                i.Name, i.Marker.Kind, i.Marker.Version, new IndexOptions { Kind = i.Marker.Kind, Bits = i.Marker.Bits, Normaliser = i.Marker.Normaliser }.IsExact)),
    ];
}
