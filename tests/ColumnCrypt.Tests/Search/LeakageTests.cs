using System.Reflection;

namespace ColumnCrypt.Tests.Search;

// SPEC-IDX-9
public sealed class LeakageTests
{
    private const string Header = "| example | number |\n|---|---|\n";

    private static readonly string s_guide =
        typeof(LeakageTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(static data => data.Key == "Leakage").Value!;

    [Fact]
    public void Names_AreAsManyRowsAsTheGuideSays() => Assert.InRange(Leakage.Counts.Values.Sum(), 9_990, 10_010);

    [Fact]
    public void Numbers_OfTheGuide_AreTheComputedOnes()
    {
        string table = string.Concat(Leakage.Table().Select(static row => $"| {row.Example} | {row.Number} |\n"));
        string text = File.ReadAllText(s_guide).ReplaceLineEndings("\n");
        int start = text.IndexOf(Header, StringComparison.Ordinal) + Header.Length;
        int end = text.IndexOf("\n\n", start, StringComparison.Ordinal) + 1;
        Assert.True(start >= Header.Length && end > start, "docs/leakage.md has no table of numbers.");
        if (Environment.GetEnvironmentVariable("COLUMNCRYPT_APPROVE") == "1")
        {
            File.WriteAllText(s_guide, text[..start] + table + text[end..]);
            return;
        }

        Assert.Equal(table, text[start..end]);
    }
}
