using System.Reflection;

namespace ColumnCrypt.Repository.Tests.Architecture;

public class NamespaceCycleTests
{
    public static TheoryData<string> Packages() => [.. Repository.Packages];

    [Theory]
    [MemberData(nameof(Packages))]
    public void Namespaces_WhenReferencesAreFollowed_FormNoCycle(string package)
    {
        var references = AssemblyReferences.Read(Assembly.Load(package).Location);
        var folders = SourceFolders.Read(package);
        var edges = references
            .Select(reference => (From: folders.Of(reference.From), To: folders.Of(reference.To), reference))
            .Where(static edge => edge.From != edge.To)
            .GroupBy(static edge => (edge.From, edge.To))
            .ToDictionary(static group => group.Key, static group => group.Select(static edge => edge.reference).Distinct().ToList());
        var cycle = ShortestCycle([.. edges.Keys]);
        Assert.True(cycle.Count == 0, $"{package} has a cycle of folders:\n" + string.Join('\n', cycle.Select(edge => $"{edge.From} -> {edge.To}, for example:\n    "
            + string.Join("\n    ", edges[edge].Take(8).Select(static reference => $"{reference.From} uses {reference.To}")))));
    }

    [Fact]
    public void References_WhenATypeIsUsedInABodyAlone_AreSeen()
    {
        var references = AssemblyReferences.Read(typeof(NamespaceCycleTests).Assembly.Location);
        Assert.Contains((typeof(NamespaceCycleTests).FullName!, typeof(AssemblyReferences).FullName!), references);
        Assert.Contains((typeof(NamespaceCycleTests).FullName!, typeof(Repository).FullName!), references);
    }

    [Fact]
    public void ShortestCycle_WhenThreeFoldersCircle_NamesThem()
    {
        Assert.Equal(3, ShortestCycle([("a", "b"), ("b", "c"), ("c", "a"), ("c", "d")]).Count);
        Assert.Empty(ShortestCycle([("a", "b"), ("b", "c"), ("a", "c")]));
    }

    private static List<(string From, string To)> ShortestCycle(List<(string From, string To)> edges)
    {
        List<(string From, string To)> shortest = [];
        foreach (var start in edges)
        {
            var arrivedBy = new Dictionary<string, (string From, string To)>(StringComparer.Ordinal) { [start.To] = start };
            var queue = new Queue<string>([start.To]);
            while (queue.TryDequeue(out var node) && node != start.From)
            {
                foreach (var edge in edges.Where(edge => edge.From == node && arrivedBy.TryAdd(edge.To, edge)))
                {
                    queue.Enqueue(edge.To);
                }
            }

            if (!arrivedBy.ContainsKey(start.From))
            {
                continue;
            }

            List<(string From, string To)> cycle = [];
            for (var node = start.From; cycle.Count == 0 || cycle[^1] != start; node = arrivedBy[node].From)
            {
                cycle.Add(arrivedBy[node]);
            }

            if (shortest.Count == 0 || cycle.Count < shortest.Count)
            {
                shortest = [.. cycle.AsEnumerable().Reverse()];
            }
        }

        return shortest;
    }
}
