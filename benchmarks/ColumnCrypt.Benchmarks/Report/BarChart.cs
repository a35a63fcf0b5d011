using System.Globalization;
using System.Security;
using System.Text;
using ColumnCrypt.Benchmarks.Short;

namespace ColumnCrypt.Benchmarks.Report;

/// <summary>Measurements as horizontal bars, each target as a stroke, in one SVG file without anything outside it.</summary>
public static class BarChart
{
    private const int RowHeight = 24;
    private const int LabelWidth = 430;
    private const int BarWidth = 320;

    public static string Draw(IReadOnlyList<Measurement> measurements)
    {
        double largest = measurements.Max(static m => Math.Max(m.Measured, m.Target ?? 0));
        var svg = new StringBuilder();
        int height = (measurements.Count * RowHeight) + 8;
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{LabelWidth + BarWidth + 90}\" height=\"{height}\" font-family=\"sans-serif\" font-size=\"13\">\n");
        svg.Append(CultureInfo.InvariantCulture, $"<rect width=\"100%\" height=\"{height}\" fill=\"white\"/>\n");
        for (int i = 0; i < measurements.Count; i++)
        {
            var measurement = measurements[i];
            int y = 4 + (i * RowHeight);
            double width = BarWidth * measurement.Measured / largest;
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{LabelWidth - 8}\" y=\"{y + 16}\" text-anchor=\"end\">{SecurityElement.Escape(measurement.What)}</text>\n");
            svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{LabelWidth}\" y=\"{y + 3}\" width=\"{width:0.0}\" height=\"{RowHeight - 6}\" fill=\"{(measurement.MeetsTarget ? "#3b7dd8" : "#d88a3b")}\"/>\n");
            if (measurement.Target is { } target)
            {
                double x = LabelWidth + (BarWidth * target / largest);
                svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{x:0.0}\" x2=\"{x:0.0}\" y1=\"{y}\" y2=\"{y + RowHeight}\" stroke=\"black\" stroke-width=\"2\"/>\n");
            }

            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{LabelWidth + width + 6:0.0}\" y=\"{y + 16}\">{measurement.Measured:0.##}</text>\n");
        }

        return svg.Append("</svg>\n").ToString();
    }
}
