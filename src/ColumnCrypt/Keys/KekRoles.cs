using ColumnCrypt.Kek;

namespace ColumnCrypt.Keys;

/// <summary>What the configuration wants of the KEKs that it allows, by URI. A hierarchical KEK speaks for its inner KEK, and for the layer of intermediate keys.</summary>
/// <param name="Wrapping">Those of which the first wraps new keys, in order; they unwrap.</param>
/// <param name="Also">Those under which every new key is wrapped once more, in order; they unwrap.</param>
/// <param name="Unwrapping">Those that only unwrap.</param>
/// <param name="Escrow">Those under which every new key is wrapped once more, for recovery.</param>
/// <param name="Lagging">Those without whose wrap a key may be for a while.</param>
internal sealed record KekRoles(IReadOnlyList<string> Wrapping, IReadOnlyList<string> Also, IReadOnlyList<string> Unwrapping, IReadOnlyList<string> Escrow, IReadOnlyList<string> Lagging)
{
    /// <summary>False for a KEK that is here for escrow alone.</summary>
    public bool Unwraps(string kekId) => Names(Wrapping, kekId) || Names(Also, kekId) || Names(Unwrapping, kekId);

    /// <summary>True for a KEK under which new keys are wrapped, for whatever purpose.</summary>
    public bool Wraps(string kekId) => Names(Wrapping, kekId) || Names(Also, kekId) || Names(Escrow, kekId);

    /// <summary>True for a KEK that stands beside the one that wraps.</summary>
    public bool IsAlso(string kekId) => Names(Also, kekId);

    /// <summary>True for a KEK without whose wrap a key may be for a while.</summary>
    public bool MayLag(string kekId) => Names(Lagging, kekId);

    /// <summary>Where a KEK stands among those that unwrap when the store does not know it yet: lower is earlier.</summary>
    public int PriorityOf(string kekId) =>
        Names(Escrow, kekId) ? KekStanding.LastPriority : Names(Wrapping, kekId) ? 0 : Also.ToList().FindIndex(uri => IsMeant(uri, kekId)) + 1;

    private static bool Names(IReadOnlyList<string> keks, string kekId) => keks.Any(uri => IsMeant(uri, kekId));

    private static bool IsMeant(string uri, string kekId) =>
        uri == kekId || (HierarchicalUri.IsHierarchical(uri) && (HierarchicalUri.InnerOf(uri) == kekId || kekId == HierarchicalUri.Layer));
}
