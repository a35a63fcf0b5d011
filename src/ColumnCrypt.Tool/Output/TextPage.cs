using System.Globalization;
using System.Text;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace ColumnCrypt.Tool.Output;

/// <summary>Writes for people: lines, fields and tables as wide as the terminal.</summary>
internal sealed class TextPage(TextWriter writer, int width, bool isTerminal)
{
    public void Line(string text) => writer.WriteLine(Printable(text));

    /// <summary>Names and values below each other; one without a value is left out.</summary>
    public void Fields(params (string Name, string? Value)[] fields)
    {
        var grid = new Grid().AddColumn(new GridColumn().NoWrap().PadLeft(0).PadRight(2)).AddColumn(new GridColumn().PadLeft(0).PadRight(0));
        foreach (var (name, value) in fields.Where(static field => field.Value is not null))
        {
            grid.AddRow(new Text(name, new Style(decoration: Decoration.Bold)), new Text(Printable(value!)));
        }

        Write(grid);
    }

    public void Table(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string?>> rows)
    {
        var table = new Table { Border = TableBorder.None, UseSafeBorder = true };
        foreach (var column in columns)
        {
            table.AddColumn(new TableColumn(new Text(column, new Style(decoration: Decoration.Bold))).PadLeft(0).PadRight(2));
        }

        foreach (var row in rows)
        {
            table.AddRow(row.Select(static cell => new Text(Printable(cell ?? "-"))));
        }

        Write(table);
    }

    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    public static string? Time(DateTimeOffset? time) => time is { } value ? Time(value) : null;

    public static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A text whose control characters cannot do anything to a terminal.</summary>
    public static string Printable(string text)
    {
        if (!text.Any(IsUnprintable))
        {
            return text;
        }

        var safe = new StringBuilder(text.Length + 16);
        foreach (char character in text)
        {
            _ = IsUnprintable(character)
                ? safe.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}")
                : safe.Append(character);
        }

        return safe.ToString();
    }

    // Spectre fills every line up to its column: what is piped on has no use for that.
    private void Write(IRenderable content)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        Consoles.Create(text, width, isTerminal).Write(content);
        foreach (string line in text.ToString().TrimEnd().Split('\n'))
        {
            writer.WriteLine(line.TrimEnd());
        }
    }

    private static bool IsUnprintable(char character) =>
        char.IsControl(character) || char.GetUnicodeCategory(character) is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
