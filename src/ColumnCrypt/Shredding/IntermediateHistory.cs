using ColumnCrypt.Kek;
using ColumnCrypt.Metadata;
using ColumnCrypt.Store;

namespace ColumnCrypt.Shredding;

/// <summary>
/// The intermediate keys between a tenant's keys and the KEKs. A wrap under one of them opens for whoever has a KEK that ever wrapped it, and it lives on with the keys of other
/// tenants: KEKs that wrapped it only after the tenant was shredded count as well. Immutable.
/// </summary>
/// <param name="intermediates">All of them, with every wrap that they have or had.</param>
/// <param name="made">Under which KEKs the audit says each was made, by key id.</param>
internal sealed class IntermediateHistory(IReadOnlyList<KeyWithWraps> intermediates, ILookup<string, string> made)
{
    /// <summary>Those under which keys were wrapped; all of them where the tables do not say it of a key, for the rows of wraps have no macs.</summary>
    public IReadOnlyList<KeyWithWraps> Of(IReadOnlyList<KeyWithWraps> keys)
    {
        var named = keys.SelectMany(static key => key.Wraps).Where(static wrap => wrap.KekId == HierarchicalUri.Layer).Select(static wrap => wrap.KekVersion).ToHashSet(StringComparer.Ordinal);
        bool isTold = keys.All(key => !made[key.Key.KeyId.ToString()].Contains(HierarchicalUri.Layer, StringComparer.Ordinal) || key.Wraps.Any(static wrap => wrap.KekId == HierarchicalUri.Layer))
            && named.All(id => intermediates.Any(one => one.Key.KeyId.ToString() == id));
        return isTold ? [.. intermediates.Where(one => named.Contains(one.Key.KeyId.ToString()))] : intermediates;
    }

    /// <summary>The KEKs under which the audit says that intermediate keys were made.</summary>
    public IEnumerable<string> Made(IEnumerable<KeyWithWraps> some) => some.SelectMany(one => made[one.Key.KeyId.ToString()]);

    /// <summary>Reads the intermediate keys of a store.</summary>
    public static async Task<IReadOnlyList<KeyWithWraps>> ReadAsync(IKeyStore store, CancellationToken cancellationToken) =>
        [.. (await store.Inventory.ReadKeysOfAsync("", cancellationToken).ConfigureAwait(false)).Where(static key => key.Key.Kind == KeyKind.Intermediate)];
}
