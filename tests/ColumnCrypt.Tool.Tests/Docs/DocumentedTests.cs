using System.CommandLine.Parsing;
using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ColumnCrypt.Kek;
using ColumnCrypt.Tool.Tests.Output;
using ColumnCrypt.Tool.Tests.Support;

namespace ColumnCrypt.Tool.Tests.Docs;

/// <summary>
/// docs/cli.md has a section for every verb, and every example in it does what stands there: the exit code is 0, and JSON has the same
/// members with the same types. With COLUMNCRYPT_APPROVE=1 what the examples wrote is put into the guide.
/// </summary>
public sealed partial class DocumentedTests
{
    private const string KeyId = "3f2a91c4d5e60718293a4b5c6d7e8f90";
    private const string JobId = "01997a3b5c6d7e8f9012345678901234";

    private static readonly string s_fingerprint = new('9', 64);

    // As long as the test's own folder mostly is, so that tables stay in line.
    private const string Folder = "/etc/columncrypt/clinic";

    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly string s_guide =
        typeof(DocumentedTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(static data => data.Key == "Guide").Value!;

    [Fact]
    public void Guide_WhenRead_HasASectionWithAnExampleForEveryVerb()
    {
        string text = File.ReadAllText(s_guide);
        foreach (var verb in HelpTests.All())
        {
            string name = string.Join(' ', CommandTree.PathOf(verb).Skip(1));
            Assert.Contains($"\n### `{name}`\n", text, StringComparison.Ordinal);
            Assert.Contains($"\n$ columncrypt {name}", text, StringComparison.Ordinal);
            if (name is not ("completion" or "audit export"))
            {
                Assert.Matches($"\n\\$ columncrypt {name}[^\n]*--json\n[\\[{{]", text);
            }
        }
    }

    [Fact]
    public void Guides_WhenTheyNameAVerb_NameOneThatExists()
    {
        string folder = Path.GetDirectoryName(s_guide)!;
        var named = Directory.EnumerateFiles(folder, "*.md", SearchOption.AllDirectories)
            .SelectMany(static file => Named().Matches(File.ReadAllText(file)).Select(match => (Path.GetFileName(file), Words: match.Groups["words"].Value.Split(' ')))).ToList();
        Assert.NotEmpty(named);
        Assert.All(named, static mention =>
        {
            System.CommandLine.Command command = HelpTests.Root();
            foreach (string word in mention.Words.TakeWhile(_ => command.Subcommands.Count > 0))
            {
                command = command.Subcommands.FirstOrDefault(sub => sub.Name == word) ?? throw new InvalidOperationException($"{mention.Item1}: columncrypt {string.Join(' ', mention.Words)}");
            }
        });
    }

    // Issue 3, must hold 7: each verb as a process on both databases
    [Theory]
    [InlineData(DatabaseKind.Sqlite, false)]
    [InlineData(DatabaseKind.Sqlite, true)]
    [InlineData(DatabaseKind.PostgreSql, true)]
    public async Task Examples_WhenRunInTheirOrder_DoWhatStandsThere(DatabaseKind kind, bool asProcesses)
    {
        bool approves = !asProcesses && Environment.GetEnvironmentVariable("COLUMNCRYPT_APPROVE") == "1";
        using var jo = new Operator(kind);
        jo.Configure(
            $$"""
            {
              "provider": "{{jo.Provider}}", "connection": "{{jo.Connection}}", "passphraseFile": "passphrase", "signingPassphraseFile": "passphrase", "signingKey": "signing.pem",
              "keks": ["file:{{jo.Folder.File("kek.json")}}"], "allowKeks": ["file:{{jo.Folder.File("new.json")}}"]
            }
            """);
        await File.WriteAllTextAsync(jo.Folder.File("passphrase"), Operator.Passphrase);
        string text = (await File.ReadAllTextAsync(s_guide)).ReplaceLineEndings("\n");
        string keyId = KeyId;
        string jobId = JobId;
        string fingerprint = s_fingerprint;
        foreach (var example in Examples(text))
        {
            if (example.Command.StartsWith("tenants list", StringComparison.Ordinal) && keyId == KeyId)
            {
                keyId = await jo.MakeKeysAsync($"file:{jo.Folder.File("kek.json")}", "acme", "globex");
                await jo.MakeRowsAsync($"file:{jo.Folder.File("kek.json")}", "globex");
            }

            if (example.Command.Contains(JobId, StringComparison.Ordinal))
            {
                jobId = (string)(await jo.RunAsync("jobs", "list", "--json")).Json[0]!["jobId"]!;
            }

            string command = example.Command
                .Replace($"Data Source={Folder}/clinic.db", jo.DataConnection, StringComparison.Ordinal)
                .Replace($"Data Source={Folder}/keys.db", jo.Connection, StringComparison.Ordinal)
                .Replace($"Data Source={Folder}/restored.db", kind == DatabaseKind.Sqlite ? $"Data Source={jo.Folder.File("restored.db")}" : Operator.NewDatabase(), StringComparison.Ordinal)
                .Replace(KeyId, keyId, StringComparison.Ordinal).Replace(JobId, jobId, StringComparison.Ordinal)
                .Replace(Folder, jo.Folder.Path, StringComparison.Ordinal).Replace(s_fingerprint, fingerprint, StringComparison.Ordinal);
            var run = asProcesses ? await ToolProcess.RunAsync(jo, "columncrypt " + command) : await jo.RunAsync([.. CommandLineParser.SplitCommandLine(command)]);
            Assert.True(run.Code == 0, $"columncrypt {example.Command}: {run.Code} {run.Output}{run.Error}");
            Cheapen(jo, command);
            fingerprint = command.StartsWith("signing create", StringComparison.Ordinal) ? (string)run.Json["fingerprint"]! : fingerprint;
            string written = run.Output.TrimEnd().Replace(jo.Folder.Path, Folder, StringComparison.Ordinal)
                .Replace(Environment.MachineName, "desk", StringComparison.Ordinal).Replace(keyId, KeyId, StringComparison.Ordinal).Replace(jobId, JobId, StringComparison.Ordinal)
                .Replace(fingerprint, s_fingerprint, StringComparison.Ordinal);
            string answer = example.IsJson ? JsonNode.Parse(written)!.ToJsonString(s_indented) : written;
            if (approves)
            {
                text = text.Replace($"\n$ columncrypt {example.Command}\n{example.Answer}", $"\n$ columncrypt {example.Command}\n{answer}\n", StringComparison.Ordinal);
            }
            else if (example.IsJson)
            {
                Assert.True(SameShape(JsonNode.Parse(example.Answer), JsonNode.Parse(answer)), $"columncrypt {example.Command} writes:\n{answer}");
            }
            else
            {
                Assert.Equal(FirstWord(example.Answer), FirstWord(answer));
            }
        }

        if (approves)
        {
            await File.WriteAllTextAsync(s_guide, text);
        }
    }

    private static IEnumerable<(string Command, string Answer, bool IsJson)> Examples(string text) =>
        Block().Matches(text).SelectMany(static block => Example().Matches(block.Groups["content"].Value)).Select(static match =>
            (match.Groups["command"].Value, match.Groups["answer"].Value, match.Groups["command"].Value.EndsWith("--json", StringComparison.Ordinal)));

    /// <summary>A KEK file of the default cost takes its time at every command.</summary>
    private static void Cheapen(Operator jo, string command)
    {
        if (CreatedKek().Match(command) is { Success: true } match)
        {
            File.Delete(match.Groups["path"].Value);
            FileKek.Create(match.Groups["path"].Value, Operator.Passphrase, new FileKekOptions { Iterations = 100_000 });
        }
    }

    private static bool SameShape(JsonNode? a, JsonNode? b) => (a, b) switch
    {
        (null, _) or (_, null) => true,
        (JsonObject x, JsonObject y) => x.Select(static pair => pair.Key).SequenceEqual(y.Select(static pair => pair.Key), StringComparer.Ordinal)
            && x.All(pair => SameShape(pair.Value, y[pair.Key])),
        (JsonArray x, JsonArray y) => x.Count == 0 || y.Count == 0 || SameShape(x[0], y[0]),
        _ => Kind(a) == Kind(b),
    };

    private static JsonValueKind Kind(JsonNode node) => node.GetValueKind() is JsonValueKind.True ? JsonValueKind.False : node.GetValueKind();

    private static string FirstWord(string text) => text.Split([' ', '\n', ':'], StringSplitOptions.RemoveEmptyEntries).FirstOrDefault() ?? "";

    [GeneratedRegex("`columncrypt (?<words>[a-z][a-z ]*)")]
    private static partial Regex Named();

    [GeneratedRegex("^```console\\n(?<content>.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block();

    [GeneratedRegex("^\\$ columncrypt (?<command>[^\\n]*)\\n(?<answer>(?:(?!\\$ )[^\\n]*\\n)*)", RegexOptions.Multiline)]
    private static partial Regex Example();

    [GeneratedRegex("^keks create file:(?<path>\\S+)")]
    private static partial Regex CreatedKek();
}
