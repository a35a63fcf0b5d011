using ColumnCrypt.EntityFrameworkCore.Model;
using Microsoft.EntityFrameworkCore.Metadata;

namespace ColumnCrypt.EntityFrameworkCore.Query;

/// <summary>A composite blind index as queries see it.</summary>
/// <param name="Property">The name of the shadow property that holds it.</param>
/// <param name="Purpose">Its purpose.</param>
/// <param name="Parts">The names of its properties, in order.</param>
/// <param name="Version">The index version.</param>
/// <param name="IsExact">True where its values are equal exactly where all the properties' are.</param>
internal sealed record CompositeMember(string Property, string Purpose, IReadOnlyList<string> Parts, int Version, bool IsExact)
{
    /// <summary>Those of the properties that a type declares, in the order in which they are asked: see <see cref="IndexedMember.Of"/>.</summary>
    public static IEnumerable<CompositeMember> Of(IReadOnlyTypeBase type) => type.GetDeclaredProperties()
        .Where(static p => BlindIndexes.PartsOf(p).Count > 0)
        .Select(static p => (p.Name, Parts: BlindIndexes.PartsOf(p), Marker: IndexConverter.MarkerOf(p.GetValueConverter())!, IsRetiring: p.FindAnnotation(EncryptionAnnotations.Retiring) is not null))
        .OrderBy(static i => i.IsRetiring)
        .ThenBy(static i => i.Marker.Version)
        .Select(static i => new CompositeMember(
            i.Name,
            i.Marker.Purpose,
            i.Parts,
            i.Marker.Version,
            new IndexOptions { Kind = i.Marker.Kind, Bits = i.Marker.Bits, Normaliser = i.Marker.Normaliser }.IsExact));
}
