using System.Text.RegularExpressions;

namespace ColumnCrypt.Repository.Tests.Docs;

/// <summary>Every requirement of docs/SPEC.md is cited by a test, and no test cites one that does not exist.</summary>
public partial class RequirementTests
{
    [Fact]
    public void Requirements_WhenSearchedFor_AreEachCitedByATest()
    {
        var specified = Ids([Repository.At("docs", "SPEC.md")]);
        var cited = Ids(Repository.Files("tests", "*.cs").Select(static path => Repository.At(path)));
        Assert.NotEmpty(specified);
        Assert.Empty(specified.Except(cited));
        Assert.Empty(cited.Except(specified));
    }

    private static HashSet<string> Ids(IEnumerable<string> files) =>
        [.. files.SelectMany(static path => Id().Matches(File.ReadAllText(path))).Select(static match => match.Value)];

    [GeneratedRegex("\\bSPEC-[A-Z]+-[0-9]+\\b")]
    private static partial Regex Id();
}
