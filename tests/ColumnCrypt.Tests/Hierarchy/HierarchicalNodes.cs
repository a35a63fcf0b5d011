using ColumnCrypt.Configuration;
using ColumnCrypt.Format;
using ColumnCrypt.Keys;
using ColumnCrypt.Metadata;
using ColumnCrypt.Store;
using ColumnCrypt.Tests.Keys;
using ColumnCrypt.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.Tests.Hierarchy;

/// <summary>Nodes over one store whose KEK is hierarchical.</summary>
internal sealed class HierarchicalNodes : IDisposable
{
    public const string Layer = "hierarchical:";

    private readonly List<TestNode> _nodes = [];

    public HierarchicalNodes(Action<KeyBounds>? bounds = null, Action<ColumnCryptBuilder>? configure = null)
    {
        Node = Add(new TestNode(kek: new SwitchableKek("test:a"), bounds: bounds, configure: configure, isHierarchical: true));
    }

    public TestNode Node { get; }

    public IKeyStore Tables => Node.Tables;

    /// <summary>Another node, which has unwrapped nothing.</summary>
    public TestNode Sibling(Action<KeyBounds>? bounds = null, Action<ColumnCryptBuilder>? configure = null) => Add(new TestNode(Node, bounds, configure, isHierarchical: true));

    /// <summary>An operator who wraps under another KEK and allows that of the nodes.</summary>
    public TestNode Operator(SwitchableKek to, bool isHierarchical, string? allowed = null) => Add(new TestNode(
        Node, kek: to, isHierarchical: isHierarchical, configure: cc => cc.AddKekProvider(new ChoosingProvider([to, Node.Kek.Twin()])).AllowKek(allowed ?? Layer + Node.Kek.Id)));

    /// <summary>A node that knows another KEK alone.</summary>
    public TestNode Only(SwitchableKek kek, bool isHierarchical) => Add(new TestNode(Node, kek: kek.Twin(), isHierarchical: isHierarchical));

    /// <summary>All keys of a kind, with the wraps that have bytes.</summary>
    public async Task<IReadOnlyList<KeyWithWraps>> KeysAsync(KeyKind kind) =>
        [.. (await Tables.Inventory.ReadKeysAsync(null, null, 5_000, default)).Where(key => key.Key.Kind == kind).Select(static key => key with { Wraps = [.. key.Wraps.Where(static wrap => wrap.Wrapped is not null)] })];

    public async Task<IReadOnlyList<WrapRecord>> WrapsAsync(KeyKind kind) => [.. (await KeysAsync(kind)).SelectMany(static key => key.Wraps)];

    public void Dispose() => _nodes.ForEach(static node => node.Dispose());

    private TestNode Add(TestNode node)
    {
        _nodes.Add(node);
        return node;
    }
}
