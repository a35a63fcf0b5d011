using ColumnCrypt.Metadata;
using ColumnCrypt.Store;

namespace ColumnCrypt.Lifecycle;

/// <summary>A KEK as the store and the configuration know it.</summary>
/// <param name="KekId">Its URI.</param>
/// <param name="State">Its state in the store; null where only the configuration names it.</param>
/// <param name="IsAllowed">True where the configuration allows it. One that it does not is never called.</param>
/// <param name="Priority">The order in which nodes try KEKs, lowest first.</param>
/// <param name="AddedAt">When the store first knew it, or null.</param>
/// <param name="RetiredAt">When it was retired, or null.</param>
/// <param name="DestroyedAt">When its destruction is, or was, final; or null.</param>
/// <param name="Dependence">The keys that depend on it.</param>
public sealed record KekInfo(
    string KekId,
    KekState? State,
    bool IsAllowed,
    int Priority,
    DateTimeOffset? AddedAt,
    DateTimeOffset? RetiredAt,
    DateTimeOffset? DestroyedAt,
    KekDependence Dependence);
