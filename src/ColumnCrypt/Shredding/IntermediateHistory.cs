using ColumnCrypt.Kek;
using ColumnCrypt.Metadata;
using ColumnCrypt.Store;

namespace ColumnCrypt.Shredding;

/// <summary>
/// The intermediate keys between a tenant's keys and the KEKs. A wrap under one of them opens for whoever has a KEK that ever wrapped it, and it lives on with the keys of other
/// tenants: KEKs that wrapped it only after the tenant was shredded count as well. Immutable.
/// </summary>
/// <param name="Keys">All of them, with every wrap that they have or had.</param>
/// <param name="Made">The KEKs under which the audit says that they were made.</param>
internal sealed record IntermediateHistory(IReadOnlyList<KeyWithWraps> Keys, IReadOnlyList<string> Made)
{
    private static readonly IntermediateHistory s_none = new([], []);

    /// <summary>
    /// All of it where one of the keys was wrapped under an intermediate key, or may have been; else nothing. Under which one, the wrap's row alone says, and it has no mac: so every
    /// intermediate key counts.
    /// </summary>
    /// <param name="keys">The keys.</param>
    /// <param name="made">Under which KEKs the audit says each was made.</param>
    public IntermediateHistory Above(IReadOnlyList<KeyWithWraps> keys, ILookup<string, string> made)
    {
        bool IsBelow(KeyWithWraps key) =>
            made[key.Key.KeyId.ToString()] is var told && (!told.Any() || told.Contains(HierarchicalUri.Layer, StringComparer.Ordinal) || key.Wraps.Any(static wrap => wrap.KekId == HierarchicalUri.Layer));

        return keys.Any(IsBelow) ? this : s_none;
    }

    /// <summary>Reads the intermediate keys of a store.</summary>
    public static async Task<IReadOnlyList<KeyWithWraps>> ReadAsync(IKeyStore store, CancellationToken cancellationToken) =>
        [.. (await store.Inventory.ReadKeysOfAsync("", cancellationToken).ConfigureAwait(false)).Where(static key => key.Key.Kind == KeyKind.Intermediate)];
}
