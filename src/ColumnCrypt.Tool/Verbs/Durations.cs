using System.CommandLine;
using System.Globalization;

namespace ColumnCrypt.Tool.Verbs;

/// <summary>Durations and times as operators write them.</summary>
internal static class Durations
{
    private const string Forms = "a duration: 7d, 12h, 30m, 45s, or a number of seconds";

    public static Option<TimeSpan?> Option(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "DURATION",
        CustomParser = static result => Parameters.Parse<TimeSpan?>(result, Parse, Forms),
    };

    public static Option<DateTimeOffset?> Time(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "TIME",
        CustomParser = static result => Parameters.Parse<DateTimeOffset?>(
            result,
            static text => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal),
            "a time: 2026-12-31T12:00:00Z, in UTC unless it says another offset"),
    };

    private static TimeSpan? Parse(string text)
    {
        long seconds = text[^1..] switch
        {
            "d" => 86_400,
            "h" => 3_600,
            "m" => 60,
            _ => 1,
        };
        string digits = text.TrimEnd('d', 'h', 'm', 's');
        return text.Length - digits.Length <= 1
            ? TimeSpan.FromSeconds(checked(long.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture) * seconds))
            : throw new FormatException();
    }
}
