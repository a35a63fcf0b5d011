namespace ColumnCrypt.Keys;

/// <summary>What the configuration wants of the KEKs that it allows, by URI.</summary>
/// <param name="Wrapping">Those that wrap new keys, in order, and unwrap.</param>
/// <param name="Unwrapping">Those that only unwrap.</param>
/// <param name="Escrow">Those under which every new key is wrapped once more.</param>
internal sealed record KekRoles(IReadOnlyList<string> Wrapping, IReadOnlyList<string> Unwrapping, IReadOnlyList<string> Escrow)
{
    /// <summary>False for a KEK that is here for escrow alone.</summary>
    public bool Unwraps(string kekId) => Wrapping.Contains(kekId, StringComparer.Ordinal) || Unwrapping.Contains(kekId, StringComparer.Ordinal);
}
