using System.Text.RegularExpressions;

namespace ColumnCrypt.Repository.Tests.Tree;

public partial class ForbiddenTextTests
{
    private static readonly string[] s_text = [".cs", ".csproj", ".props", ".targets", ".md", ".json", ".txt", ".yml", ".yaml", ".sh", ".sql", ".csv", ".sln", ""];

    [Fact]
    public void Tree_WhenRead_NamesNoPathOfThisMachine()
    {
        string[] machine = [Repository.Root + "/", Path.GetDirectoryName(Repository.Root)! + "/", Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) + "/"];
        AssertNowhere(Repository.Files(), text => machine.FirstOrDefault(path => path.Length > 2 && text.Contains(path, StringComparison.Ordinal)));
    }

    [Fact]
    public void Source_WhenRead_HoldsNoStub() =>
        AssertNowhere(Repository.Files("src", "*.cs"), static text => Stub().Match(text) is { Success: true } match ? match.Value : null);

    [Fact]
    public void Source_WhenRead_SwallowsNoError() =>
        AssertNowhere(Repository.Files("src", "*.cs"), static text => EmptyCatch().Match(text) is { Success: true } match ? match.Value : null);

    [Fact]
    public void Tests_WhenRead_AreNotSwitchedOff() =>
        AssertNowhere(Repository.Files("tests", "*.cs"), static text => SwitchedOff().Match(text) is { Success: true } match ? match.Value : null);

    [Fact]
    public void Tree_WhenRead_HoldsNoPrivateKey() =>
        AssertNowhere(Repository.Files(), static text => PrivateKey().Match(text) is { Success: true } match ? match.Value : null);

    private static void AssertNowhere(IEnumerable<string> files, Func<string, string?> find)
    {
        var found = files.Where(static path => s_text.Contains(Path.GetExtension(path)))
            .Select(path => (Path: path, Text: find(File.ReadAllText(Repository.At(path)))))
            .Where(static hit => hit.Text is not null)
            .Select(static hit => $"{hit.Path}: {hit.Text}");
        Assert.Empty(found);
    }

    [GeneratedRegex("NotImplementedException|\\b(TO" + "DO|FIX" + "ME|HA" + "CK)\\b")]
    private static partial Regex Stub();

    [GeneratedRegex("catch\\s*(\\([^)]*\\))?\\s*\\{\\s*\\}")]
    private static partial Regex EmptyCatch();

    [GeneratedRegex("\\b(Fact|Theory)\\([^)]*\\bSkip\\s*=")]
    private static partial Regex SwitchedOff();

    [GeneratedRegex("-----BEGIN [A-Z ]*PRIVATE KEY-----")]
    private static partial Regex PrivateKey();
}
