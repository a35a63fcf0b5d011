namespace ColumnCrypt.Columns;

/// <summary>The blind indexes of a column, for a <see cref="ColumnCipher{T}"/> that writes or asks them outside Entity Framework. Immutable.</summary>
public sealed record ColumnIndexes
{
    /// <summary>Those that have a column each. Default: none.</summary>
    public IReadOnlyList<ColumnIndex> Columns { get; init; } = [];

    /// <summary>Those of texts, whose tokens are in tables of their own. Default: none.</summary>
    public IReadOnlyList<ColumnTokens> Tokens { get; init; } = [];

    /// <summary>
    /// Why an index may be put on a type of few values, or beside another that narrows it down. Null, the default: such an index is refused.
    /// </summary>
    public string? AllowSmallDomain { get; init; }
}
