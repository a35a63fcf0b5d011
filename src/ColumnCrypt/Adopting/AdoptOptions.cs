using ColumnCrypt.Stepping;

namespace ColumnCrypt.Adopting;

/// <summary>Which step an adopted column takes, and how fast. Immutable.</summary>
/// <param name="Column">The encrypted column, as <c>table.column</c> or <c>schema.table.column</c>; in place, the column itself.</param>
public sealed record AdoptOptions(string Column) : StepOptions
{
    /// <summary>The step. Default: <see cref="AdoptStep.Adopt"/>.</summary>
    public AdoptStep Step { get; init; }

    /// <summary>
    /// True to fill and stay <c>dual</c>, for as long as a version of the application runs that writes plaintext alone. Default: false.
    /// </summary>
    public bool FillOnly { get; init; }

    /// <summary>Why; demanded for <see cref="AdoptStep.Back"/>, and written into the audit for every step.</summary>
    public string? Reason { get; init; }

    /// <summary>
    /// How plaintext is read and written where its column holds what only the application understands: a conversion or a codec of its own. Null, the
    /// default, for what the column's codec and the database's client agree on.
    /// </summary>
    public PlainForm? Form { get; init; }

    internal new void Check()
    {
        base.Check();
        ArgumentException.ThrowIfNullOrWhiteSpace(Column, nameof(Column));
        if (Step == AdoptStep.Back)
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(Reason, nameof(Reason));
        }
    }
}
