namespace ColumnCrypt;

/// <summary>
/// Declares a blind index on an <see cref="EncryptedAttribute"/> property, so that rows can be looked up by it: a column of its own holds an
/// HMAC of the value under the tenant's index key, with an ordinary database index. Several may stand on one property, one per
/// <see cref="Part"/>, and while an index is changed one per <see cref="Version"/>.
/// </summary>
/// <remarks>
/// Leakage: whoever reads the database learns which rows of one tenant hold equal values (or equal parts, or equal normal forms), and how
/// often; with a log of the queries, also which of them are asked for. docs/leakage.md has the numbers.
/// </remarks>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field, AllowMultiple = true)]
public sealed class BlindIndexAttribute : Attribute
{
    /// <summary>Indexes the whole value: <c>==</c>, <c>!=</c>, <c>Equals</c>, <c>Contains</c> and joins use it.</summary>
    public BlindIndexAttribute()
        : this(BlindIndexPart.Whole)
    {
    }

    /// <summary>Indexes a part of the value.</summary>
    /// <param name="part">The part.</param>
    public BlindIndexAttribute(BlindIndexPart part) => Part = part;

    /// <summary>What of the value is indexed. Default: the whole.</summary>
    public BlindIndexPart Part { get; }

    /// <summary>For <see cref="BlindIndexPart.Prefix"/>: how many characters, 1 to 64. Default: 3. Without meaning for other parts.</summary>
    public int PrefixLength { get; set; } = 3;

    /// <summary>
    /// True where no two rows of a tenant may hold the same value; together with the property of <c>HasTenant</c> where there is one. Needs
    /// all bits. Default: false.
    /// </summary>
    public bool Unique { get; set; }

    /// <summary>
    /// How many leftmost bits are kept, 1 to 256. Fewer show less and find other rows too, which are sorted out after decryption where the
    /// comparison stands on the rows themselves, and refused elsewhere. Default: 256.
    /// </summary>
    public int Bits { get; set; } = 256;

    /// <summary>
    /// The normaliser, <c>name@version</c>, for example <see cref="BlindIndexNormaliser.CaseInsensitive"/>: values of one normal form are
    /// found together by <c>EF.Functions.IndexMatches</c>; <c>==</c> sorts the others out after decryption. Default: none, values are equal as C# says.
    /// </summary>
    public string Normaliser { get; set; } = BlindIndexNormaliser.None;

    /// <summary>
    /// The index version, 1 or more: which index key of the tenant is used. Several versions of one part may stand beside each other: every write
    /// fills all of them, and queries ask the lowest that is not <see cref="Retiring"/>. Default: 1.
    /// </summary>
    public int Version { get; set; } = 1;

    /// <summary>
    /// True where the index is written still, for instances of the application that ask it, but asked no more: the last step before it is
    /// removed. Needs another version of the part, which is complete. Default: false.
    /// </summary>
    public bool Retiring { get; set; }

    /// <summary>
    /// Why an index may be put on a type of few values, such as an enum, or beside another that narrows it down: whoever reads the model
    /// shall see that somebody decided it. Default: null, such an index is refused when the model is built.
    /// </summary>
    public string? AllowSmallDomain { get; set; }
}
