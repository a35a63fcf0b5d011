using ColumnCrypt.Kek;

namespace ColumnCrypt.Keys;

/// <summary>The KEKs that the configuration allows, by URI, with the layer of intermediate keys where it names a hierarchical one. Thread-safe.</summary>
internal sealed class AllowedKeks(KekRegistry keks, KekRoles roles, HierarchicalKek layer)
{
    /// <summary>True for a KEK that the configuration names; for the layer of intermediate keys where it names a hierarchical one.</summary>
    public bool Contains(string kekId) => HierarchicalUri.IsHierarchical(kekId)
        ? kekId == HierarchicalUri.Layer ? keks.Hierarchical.Count > 0 : keks.Hierarchical.Contains(kekId, StringComparer.Ordinal)
        : keks.Find(kekId) is not null;

    /// <summary>A KEK; null where it is not allowed. What is asked about a hierarchical KEK is asked about its inner KEK.</summary>
    public IKeyEncryptionKey? Find(string kekId) =>
        !Contains(kekId) ? null
        : kekId == HierarchicalUri.Layer ? layer
        : keks.Find(HierarchicalUri.InnerOf(kekId));

    /// <summary>A KEK.</summary>
    /// <exception cref="KeyUnavailableException">It is not allowed.</exception>
    public IKeyEncryptionKey Demand(string kekId) => Find(kekId) ?? throw new KeyUnavailableException(
        KeyUnavailableReason.KekNotAllowed, $"The configuration does not allow the KEK {kekId}. Name it there with UseKek or AllowKek.");

    /// <summary>A KEK for a key of a tenant; the tenant's own is had for that tenant alone.</summary>
    /// <param name="kekId">The URI.</param>
    /// <param name="tenant">The tenant.</param>
    /// <param name="own">The URI of the tenant's own KEK; null where it has none.</param>
    /// <exception cref="KeyUnavailableException">It is not allowed, or cannot be opened.</exception>
    public IKeyEncryptionKey Demand(string kekId, string tenant, string? own)
    {
        if (kekId != own)
        {
            return Demand(kekId);
        }

        try
        {
            return keks.OfTenant(new TenantKek(tenant, kekId));
        }
        catch (EncryptionModelException error)
        {
            throw new KeyUnavailableException(KeyUnavailableReason.KekNotAllowed, error.Message, error);
        }
        catch (KekException error)
        {
            throw new KeyUnavailableException(
                error.IsTransient ? KeyUnavailableReason.Unavailable : KeyUnavailableReason.Denied, $"The KEK {kekId} of tenant '{tenant}' cannot be opened: {error.Message}", error);
        }
    }

    /// <summary>How many keys a KEK takes in one call; 1 where it is not allowed, or a tenant's own.</summary>
    public int MaxBatchSize(string kekId) => Find(kekId)?.MaxBatchSize ?? 1;

    /// <summary>
    /// Those that unwrap here, by the store's order and the configuration's; intermediate keys are tried where the first KEK stands that may wrap them.
    /// </summary>
    public IEnumerable<IKeyEncryptionKey> Unwrapping(KekStanding? standing)
    {
        var allowed = keks.Allowed.Where(kek => roles.Unwraps(kek.Id));
        return (standing?.Sort(allowed) ?? allowed).SelectMany(WithLayer).Distinct();
    }

    private IEnumerable<IKeyEncryptionKey> WithLayer(IKeyEncryptionKey kek) =>
        keks.Hierarchical.Contains(HierarchicalUri.Layer + kek.Id, StringComparer.Ordinal) ? [layer, kek] : [kek];
}
