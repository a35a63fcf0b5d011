using ColumnCrypt.Search;

namespace ColumnCrypt.Columns;

/// <summary>
/// A blind index of a column, as a <see cref="ColumnCipher{T}"/> computes it: what <c>[BlindIndex]</c> and <c>[CompositeBlindIndex]</c> say. Immutable.
/// Checked when the cipher is made. Leakage by kind: docs/leakage.md.
/// </summary>
/// <param name="Column">The column that holds it, by which the cipher finds it.</param>
public sealed record ColumnIndex(string Column)
{
    /// <summary>The kind, as <see cref="IndexDefinition"/> spells it, but for <c>word</c>. Default: <c>eq</c>, the whole value.</summary>
    public string Kind { get; init; } = "eq";

    /// <summary>Name and version of the normaliser; of a composite index those of its parts, separated by commas. Default: <c>none@1</c>.</summary>
    public string Normaliser { get; init; } = IndexDefinition.NoNormaliser;

    /// <summary>The index version, 1 or more: which index key of the tenant is used. Default: 1.</summary>
    public int Version { get; init; } = 1;

    /// <summary>How many leftmost bits are kept, 1 to 256. Default: 256.</summary>
    public int Bits { get; init; } = IndexDefinition.FullBits;

    /// <summary>The purpose of a composite index, which names it. Null, the default, for the purpose of the column.</summary>
    public string? Purpose { get; init; }
}
