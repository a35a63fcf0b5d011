using ColumnCrypt.Metadata;

namespace ColumnCrypt.Store;

/// <summary>What a store holds, counted.</summary>
/// <param name="Tenants">Tenants by state.</param>
/// <param name="Keys">Keys by kind and state.</param>
/// <param name="Wraps">Wraps with bytes by KEK.</param>
/// <param name="Generation">The generation counter.</param>
public sealed record StoreCounts(
    IReadOnlyDictionary<TenantState, long> Tenants,
    IReadOnlyDictionary<(KeyKind Kind, KeyState State), long> Keys,
    IReadOnlyDictionary<string, long> Wraps,
    long Generation);
