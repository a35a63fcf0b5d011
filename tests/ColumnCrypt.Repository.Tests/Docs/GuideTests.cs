using System.Diagnostics.Metrics;
using System.Reflection;
using System.Text.RegularExpressions;
using ColumnCrypt.Configuration;
using ColumnCrypt.Diagnostics;
using ColumnCrypt.Keys;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ColumnCrypt.Repository.Tests.Docs;

/// <summary>The guides say everything that there is to say, and their links lead somewhere.</summary>
public partial class GuideTests
{
    [Fact]
    public void Observability_WhenComparedWithTheCode_NamesEveryEventAndInstrument()
    {
        var guide = Read("docs/guides/observability.md");
        var events = typeof(ColumnCryptEventId).GetFields(BindingFlags.Public | BindingFlags.Static).Select(static field => (EventId)field.GetValue(null)!).ToList();
        Assert.NotEmpty(events);
        Assert.All(events, happening => Assert.Contains($"| {happening.Id} | {happening.Name} |", guide, StringComparison.Ordinal));

        var instruments = new List<string>();
        using var listener = new MeterListener { InstrumentPublished = (instrument, _) => instruments.Add(instrument.Meter.Name == "ColumnCrypt" ? instrument.Name : "") };
        listener.Start();
        using var instance = ColumnCryptInstance.Create(static cc => cc.UseInMemoryKeys());
        instruments.RemoveAll(static name => name.Length == 0);
        Assert.NotEmpty(instruments);
        Assert.All(instruments, name => Assert.Contains($"| `{name}` |", guide, StringComparison.Ordinal));
    }

    [Fact]
    public void Configuration_WhenComparedWithTheCode_NamesEveryBound()
    {
        var guide = Read("docs/guides/configuration.md");
        Assert.All(typeof(KeyBounds).GetProperties(), bound => Assert.Contains($"| `{bound.Name}` |", guide, StringComparison.Ordinal));
    }

    [Fact]
    public void Guides_WhenRead_EndWithAntiPatterns() =>
        Assert.All(Repository.Files("docs/guides", "*.md"), static guide => Assert.Equal("## Anti-patterns", Read(guide).Split('\n').Last(static line => line.StartsWith("## ", StringComparison.Ordinal))));

    [Fact]
    public void Links_WhenFollowed_LeadToFiles()
    {
        var broken = Repository.Files(pattern: "*.md")
            .SelectMany(static document => Link().Matches(Read(document)).Select(match => (document, Target: match.Groups["target"].Value)))
            .Where(static link => !link.Target.Contains("://", StringComparison.Ordinal))
            .Where(static link => !Path.Exists(Path.Combine(Path.GetDirectoryName(Repository.At(link.document))!, link.Target)))
            .Select(static link => $"{link.document}: {link.Target}");
        Assert.Empty(broken);
    }

    [Fact]
    public void Readme_WhenRead_GivesTheCommandThatTheGateRuns()
    {
        Assert.Matches("(?m)^dotnet test +#", Read("README.md"));
        Assert.Matches("(?m)^dotnet test ", Read(".ci/run"));
    }

    private static string Read(string path) => File.ReadAllText(Repository.At(path)).ReplaceLineEndings("\n");

    [GeneratedRegex("\\]\\((?<target>[^)#\\s]+)\\)")]
    private static partial Regex Link();
}
