using System.CommandLine;
using System.Globalization;
using ColumnCrypt.Tool.Verbs;

namespace ColumnCrypt.Tool.Rewrap;

/// <summary>One part of all keys: <c>0/4</c> to <c>3/4</c>.</summary>
internal static class Partitions
{
    private const int Most = 256;

    public static Option<(int Index, int Count)?> Option(string name) => new(name)
    {
        Description = "Works on one part of the keys alone: 0/4 to 3/4, one per process.",
        HelpName = "I/N",
        CustomParser = static result => Parameters.Parse<(int, int)?>(result, Parse, $"a part of all keys: I/N with I from 0 to N-1, and N up to {Most}"),
    };

    private static (int Index, int Count)? Parse(string text) =>
        text.Split('/') is [var index, var count] && Number(index) is var i && Number(count) is var n && n is >= 1 and <= Most && i < n
            ? (i, n)
            : throw new FormatException();

    private static int Number(string digits) => int.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);
}
