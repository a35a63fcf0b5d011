namespace ColumnCrypt.EntityFrameworkCore.Indexes;

/// <summary>How blind indexes are filled or verified. Immutable.</summary>
public sealed record BlindIndexFillOptions
{
    /// <summary>How many rows are read at once, and written in one transaction. 1 to 5,000; default 200.</summary>
    public int BatchSize { get; init; } = 200;

    /// <summary>How many rows are looked at a second at most; above 0; null, the default, for no limit.</summary>
    public double? MaxPerSecond { get; init; }

    /// <summary>
    /// True to compute every index value anew and to correct those that are wrong, not only those that are missing: after a time in which instances
    /// of the application that did not know an index yet wrote to its rows. Decrypts every value. Default: false.
    /// </summary>
    public bool Recheck { get; init; }
}
