namespace ColumnCrypt.Search;

/// <summary>The year of a date on its own calendar and clock, as a number.</summary>
internal sealed class YearKind() : IndexKind("year")
{
    public static readonly YearKind Instance = new();

    public override bool IsOfText => false;

    /// <summary>The year; an <see cref="int"/> is one.</summary>
    public static bool TryRead<T>(T value, out int year)
    {
        year = value switch
        {
            DateOnly date => date.Year,
            DateTime time => time.Year,
            DateTimeOffset time => time.Year,
            int number => number,
            _ => 0,
        };
        return year > 0;
    }
}
