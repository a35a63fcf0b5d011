using ColumnCrypt.Metadata;

namespace ColumnCrypt.Store.Sql;

/// <summary>A <see cref="NodeRecord"/> as a row.</summary>
internal static class NodeRow
{
    public static NodeRecord Read(RowReader row) => new()
    {
        NodeId = row.Text("node_id"),
        Name = row.Text("name"),
        StartedAt = row.Time("started_at"),
        SeenAt = row.Time("seen_at"),
        Keks = row.Text("keks"),
        Mac = row.Bytes("mac"),
    };

    public static void Write(RowWriter row, NodeRecord node)
    {
        row.Set("node_id", node.NodeId);
        row.Set("name", node.Name);
        row.Set("started_at", node.StartedAt);
        row.Set("seen_at", node.SeenAt);
        row.Set("keks", node.Keks);
        row.Set("mac", node.Mac);
    }
}
