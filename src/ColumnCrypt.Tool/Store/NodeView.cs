using ColumnCrypt.Metadata;
using ColumnCrypt.Tool.Output;

namespace ColumnCrypt.Tool.Store;

/// <summary>A process that uses the key store.</summary>
internal sealed record NodeView(string NodeId, string Name, DateTimeOffset StartedAt, DateTimeOffset SeenAt, IReadOnlyList<string> Keks)
{
    public static NodeView Of(NodeRecord node) => new(node.NodeId, node.Name, node.StartedAt, node.SeenAt, JsonText.Read<string[]>(node.Keks) ?? []);
}
