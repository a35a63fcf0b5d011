using ColumnCrypt.Lifecycle;

namespace ColumnCrypt.Tool.Store;

/// <summary>What a key store holds, as JSON has it.</summary>
internal sealed record StatusView(
    string InstallationId, long Generation, IReadOnlyDictionary<string, long> Tenants, IReadOnlyList<KeyCount> Keys, IReadOnlyList<WrapCount> Wraps, IReadOnlyList<NodeView> Nodes)
{
    public static StatusView Of(StoreStatus status) => new(
        status.InstallationId.ToString(),
        status.Counts.Generation,
        status.Counts.Tenants.OrderBy(static pair => pair.Key).ToDictionary(static pair => pair.Key.ToString(), static pair => pair.Value),
        [.. status.Counts.Keys.OrderBy(static pair => pair.Key).Select(static pair => new KeyCount(pair.Key.Kind, pair.Key.State, pair.Value))],
        [.. status.Counts.Wraps.OrderBy(static pair => pair.Key, StringComparer.Ordinal).Select(static pair => new WrapCount(pair.Key, pair.Value))],
        [.. status.Nodes.Select(NodeView.Of)]);
}
