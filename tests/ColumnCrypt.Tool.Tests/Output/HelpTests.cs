using System.CommandLine;
using ColumnCrypt.Tool.Configuration;
using ColumnCrypt.Tool.Running;
using ColumnCrypt.Tool.Tests.Support;
using ColumnCrypt.Tool.Verbs;

namespace ColumnCrypt.Tool.Tests.Output;

public sealed class HelpTests
{
    public static TheoryData<string> Verbs() => [.. All().Select(static verb => string.Join(' ', CommandTree.PathOf(verb).Skip(1)))];

    [Theory]
    [MemberData(nameof(Verbs))]
    public async Task Help_OfEveryVerb_HasAnExampleThatParsesAndFits(string verb)
    {
        using var jo = new Operator();
        var lines = (await jo.RunAsync([.. verb.Split(' '), "--help"])).IsDone().Output.Split('\n');
        Assert.Contains(lines, line => line.StartsWith($"  columncrypt {verb}", StringComparison.Ordinal));
        int examples = Array.IndexOf(lines, "Examples:");
        Assert.True(examples > 0);
        foreach (string example in lines[(examples + 1)..].Where(static line => line.Length > 0))
        {
            string line = example.Trim().Split(" > ")[0].Split(" >> ")[0].Split(" | ")[0].Replace("eval \"$(", "", StringComparison.Ordinal).Replace(")\"", "", StringComparison.Ordinal);
            Assert.StartsWith("columncrypt ", line, StringComparison.Ordinal);
            Assert.Empty(Root().Parse(line["columncrypt ".Length..], new ParserConfiguration { ResponseFileTokenReplacer = null }).Errors);
        }
    }

    [Fact]
    public async Task Suggest_WhenAWordHasBegun_CompletesIt()
    {
        using var jo = new Operator();
        Assert.Equal(["keks", "keys"], Sorted(await jo.RunAsync("[suggest:14]", "columncrypt ke")).Where(static word => !word.StartsWith('-')));
        Assert.Contains("postgresql", Sorted(await jo.RunAsync("[suggest:30]", "columncrypt status --provider ")));
    }

    [Theory]
    [InlineData("bash", "complete ")]
    [InlineData("zsh", "compdef ")]
    [InlineData("pwsh", "Register-ArgumentCompleter")]
    public async Task Completion_OfEachShell_IsAScript(string shell, string command)
    {
        using var jo = new Operator();
        Assert.Contains(command, (await jo.RunAsync("completion", shell)).IsDone().Output, StringComparison.Ordinal);
        Assert.Contains(command, (string)(await jo.RunAsync("completion", shell, "--json")).IsDone().Json["script"]!, StringComparison.Ordinal);
    }

    internal static RootCommand Root() => CommandTree.Create(
        new GlobalOptions(),
        new CliEnvironment { Output = TextWriter.Null, Error = TextWriter.Null, Input = TextReader.Null, Variables = new Dictionary<string, string>(), CurrentDirectory = "/", User = "jo" });

    internal static IEnumerable<Verb> All() => Below(Root());

    private static IEnumerable<Verb> Below(Command command) => command.Subcommands.SelectMany(Below).Concat(command is Verb verb ? [verb] : []);

    private static IEnumerable<string> Sorted(Run run) => run.IsDone().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal);
}
