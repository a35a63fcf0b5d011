using ColumnCrypt.Search;

namespace ColumnCrypt.Columns;

/// <summary>
/// The tokens of a text column, as a <see cref="ColumnCipher{T}"/> computes them: what <c>[TextIndex]</c> says. Several may name one table, which holds
/// the tokens of all of them. Immutable. Checked when the cipher is made. Leakage: docs/leakage.md.
/// </summary>
/// <param name="Table">The table that holds them, by which the cipher finds them.</param>
public sealed record ColumnTokens(string Table)
{
    /// <summary>The shortest beginning that has a token, 1 to 64 characters; 0, the default, for none.</summary>
    public int PrefixFrom { get; init; }

    /// <summary>The longest beginning that has a token, <see cref="PrefixFrom"/> to 64 characters; 0, the default, for none.</summary>
    public int PrefixTo { get; init; }

    /// <summary>True where each word has a token. Default: false.</summary>
    public bool Words { get; init; }

    /// <summary>
    /// Name and version of the normaliser. Null, the default, for <c>none@1</c> of beginnings, and for words <c>ci@1</c>.
    /// </summary>
    public string? Normaliser { get; init; }

    /// <summary>The index version, 1 or more: which index key of the tenant is used. Default: 1.</summary>
    public int Version { get; init; } = 1;

    /// <summary>How many leftmost bits of a beginning's token are kept, 1 to 256; words keep all. Default: 256.</summary>
    public int Bits { get; init; } = IndexDefinition.FullBits;
}
