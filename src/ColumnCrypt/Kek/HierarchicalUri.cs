namespace ColumnCrypt.Kek;

/// <summary>
/// The URIs of hierarchical KEKs: <c>hierarchical:</c> and the URI of an inner KEK. Intermediate keys belong to the installation, whichever inner KEKs wrap them,
/// so the wraps under them stand under <see cref="Layer"/>, and those of the inner KEKs under their own URIs (SPEC-WRAP-17).
/// </summary>
internal static class HierarchicalUri
{
    /// <summary>The KEK id of every wrap under an intermediate key.</summary>
    public const string Layer = "hierarchical:";

    /// <summary>True for <see cref="Layer"/>, and for every URI that begins with it.</summary>
    public static bool IsHierarchical(string kekId) => kekId.StartsWith(Layer, StringComparison.Ordinal);

    /// <summary>The URI of the inner KEK; <see cref="Layer"/>, and a URI that is not hierarchical, as they are.</summary>
    public static string InnerOf(string kekId) => IsHierarchical(kekId) && kekId.Length > Layer.Length ? kekId[Layer.Length..] : kekId;

    /// <summary>The KEK id of the wraps that a KEK makes for a tenant's keys; "" names no tenant, and such keys are wrapped by the inner KEK itself.</summary>
    public static string WrapIdOf(string kekId, string tenant) =>
        !IsHierarchical(kekId) ? kekId
        : tenant.Length == 0 ? InnerOf(kekId)
        : Layer;

    /// <summary>Demands a whole URI behind the scheme, of a KEK that is not hierarchical itself.</summary>
    /// <exception cref="EncryptionModelException">There is none.</exception>
    public static string DemandInner(string uri)
    {
        string inner = uri[Layer.Length..];
        return inner.Length > 0 && !IsHierarchical(inner)
            ? inner
            : throw new EncryptionModelException($"'{uri}' names no KEK that wraps intermediate keys. Name the inner KEK, with its whole URI behind the scheme: hierarchical:aws-kms:alias/clinic.");
    }
}
