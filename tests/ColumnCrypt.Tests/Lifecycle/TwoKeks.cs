using ColumnCrypt.Tests.Keys;
using ColumnCrypt.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.Tests.Lifecycle;

/// <summary>Nodes over one store that wrap under an old KEK, and operators and nodes that know the new one too.</summary>
internal sealed class TwoKeks : IDisposable
{
    private readonly List<TestNode> _nodes = [];

    public TwoKeks()
    {
        Node = Add(new TestNode(kek: new SwitchableKek("test:old")));
    }

    public SwitchableKek New { get; } = new("test:new");

    /// <summary>A node that knows the old KEK alone.</summary>
    public TestNode Node { get; }

    /// <summary>A node, or an operator, that wraps under the old KEK and allows the new one.</summary>
    public TestNode Both() => Add(new TestNode(Node, configure: cc => cc.AddKekProvider(Choice(Node.Kek.Twin(), New)).AllowKek(New.Id)));

    /// <summary>A node that knows the new KEK alone.</summary>
    public TestNode OnlyNew() => Add(new TestNode(Node, kek: New));

    public void Dispose() => _nodes.ForEach(static node => node.Dispose());

    private TestNode Add(TestNode node)
    {
        _nodes.Add(node);
        return node;
    }

    private static ChoosingProvider Choice(params SwitchableKek[] keks) => new(keks);
}
