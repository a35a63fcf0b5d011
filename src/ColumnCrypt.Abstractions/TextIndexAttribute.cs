namespace ColumnCrypt;

/// <summary>
/// Declares a token match on an <see cref="EncryptedAttribute"/> text: a table beside the entity's holds, for each row, HMACs of the first
/// characters of the value, one for each length from <see cref="PrefixFrom"/> to <see cref="PrefixTo"/>, or of each of its
/// <see cref="Words"/>, or both. <c>StartsWith(variable)</c> and <c>EF.Functions.MatchesWords</c> ask it; anything else that <c>LIKE</c> could do stays
/// refused. Several may stand on one property: one for prefixes and one for words, and while one is changed one per <see cref="Version"/>.
/// </summary>
/// <remarks>
/// Leakage: whoever reads the database learns, of one tenant, which rows begin alike and for how many characters (nested prefixes are a trie of
/// the values), which rows share words, which words stand together, how many different words a row has, and how often each word and each beginning
/// occurs; with a log of the queries, also which of them are asked for. docs/leakage.md has the numbers.
/// </remarks>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field, AllowMultiple = true)]
public sealed class TextIndexAttribute : Attribute
{
    /// <summary>The shortest beginning that is found, in characters (Unicode code points): 1 to 64. Default: 0, no prefixes.</summary>
    public int PrefixFrom { get; set; }

    /// <summary>The longest beginning that has a token of its own, in characters: <see cref="PrefixFrom"/> to 64. Default: 0, no prefixes.</summary>
    public int PrefixTo { get; set; }

    /// <summary>True to index each word: a longest run of letters, marks and numbers. Default: false.</summary>
    public bool Words { get; set; }

    /// <summary>
    /// The normaliser, <c>name@version</c>, of what this declares. Default: null, which is <see cref="BlindIndexNormaliser.None"/> for prefixes, for
    /// <c>StartsWith</c> compares as C# does, and <see cref="BlindIndexNormaliser.CaseInsensitive"/> for words. Prefixes of another normal form are asked
    /// through <c>EF.Functions.HasPrefix</c>.
    /// </summary>
    public string? Normaliser { get; set; }

    /// <summary>
    /// How many leftmost bits of a prefix's token are kept, 1 to 256. Fewer show less and find other rows too. Words need all of them, for a query counts
    /// the words that match. Default: 256.
    /// </summary>
    public int Bits { get; set; } = 256;

    /// <summary>
    /// The index version, 1 or more: which index key of the tenant is used, and a table of its own. Every write fills all versions, and queries ask the
    /// lowest that is not <see cref="Retiring"/>. Default: 1.
    /// </summary>
    public int Version { get; set; } = 1;

    /// <summary>True where the tokens are written still and asked no more: the last step before they are removed. Default: false.</summary>
    public bool Retiring { get; set; }

    /// <summary>
    /// Why it may stand beside a blind index of the whole value or of its last four characters, which together narrow each value down. Default: null, such
    /// a model is refused when it is built.
    /// </summary>
    public string? AllowSmallDomain { get; set; }
}
