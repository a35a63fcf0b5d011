namespace ColumnCrypt.Search;

/// <summary>The year of a date on its own calendar and clock, as a number.</summary>
internal sealed class YearKind() : IndexKind("year")
{
    public static readonly YearKind Instance = new();

    public override bool IsOfText => false;

    /// <summary>The year; an <see cref="int"/> is one.</summary>
    public static bool TryRead<T>(T value, out int year)
    {
        year =
            Held.Is(value, out DateOnly date) ? date.Year
            : Held.Is(value, out DateTime time) ? time.Year
            : Held.Is(value, out DateTimeOffset instant) ? instant.Year
            : Held.Is(value, out int number) ? number
            : 0;
        return year > 0;
    }
}
