using System.Globalization;
using System.Text;
using ColumnCrypt.Benchmarks.Short;

namespace ColumnCrypt.Benchmarks.Report;

/// <summary>A chapter of docs/benchmarks.md or docs/profile.md as text.</summary>
internal static class Chapter
{
    /// <param name="section">What it is about.</param>
    /// <param name="measured">Its lines.</param>
    /// <param name="plot">Whether a plot of them lies in benchmarks/.</param>
    public static string Write(ReportSection section, IReadOnlyList<Measurement> measured, bool plot)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"\n## {section.Title}\n\n{section.Note}\n\n{(plot ? $"![{section.Title}](benchmarks/{section.Name}.svg)\n\n" : "")}| what | measured | target | unit |\n|---|---:|---:|---|\n");
        foreach (var measurement in measured)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {measurement.What} | {measurement.Measured:0.##}{(measurement.MeetsTarget ? "" : ", over its target")} | {(measurement.Target is { } target ? target.ToString("0.##", CultureInfo.InvariantCulture) : "")} | {measurement.Unit.Replace("x ", "× ", StringComparison.Ordinal)} |\n");
        }

        return text.ToString();
    }
}
