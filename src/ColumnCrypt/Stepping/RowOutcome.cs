namespace ColumnCrypt.Stepping;

/// <summary>What becomes of a row.</summary>
/// <param name="Change">The values of the columns that are set; null where the row stays as it is.</param>
/// <param name="Failure">Why it could not be worked on; else null.</param>
internal readonly record struct RowOutcome(object?[]? Change, string? Failure)
{
    public static RowOutcome Nothing { get; }

    public static RowOutcome Set(params object?[] values) => new(values, null);

    public static RowOutcome Fail(string why) => new(null, why);
}
