using ColumnCrypt;
using ColumnCrypt.EntityFrameworkCore.Model;
using ColumnCrypt.EntityFrameworkCore.Query;

namespace Microsoft.EntityFrameworkCore;

/// <summary>
/// What a query can ask of blind indexes beyond <c>==</c>. For use in LINQ queries only: called anywhere else they throw. All of them find the
/// rows of the context's tenant alone.
/// </summary>
public static class ColumnCryptDbFunctionsExtensions
{
    /// <summary>
    /// True for the rows whose index value is that of <paramref name="value"/>: those that have the same normal form where the index has a
    /// normaliser. An index that keeps fewer bits finds other rows too; compare exactly after decryption.
    /// </summary>
    /// <typeparam name="T">The type of the property.</typeparam>
    /// <param name="_">EF.Functions.</param>
    /// <param name="property">A property with <c>[BlindIndex]</c>.</param>
    /// <param name="value">The value, from a variable or constant; null finds rows without an index value.</param>
    [IndexFunction("eq", "[BlindIndex]")]
    public static bool IndexMatches<T>(this DbFunctions _, T property, T value) => throw OutsideQuery(nameof(IndexMatches));

    /// <summary>True for the rows whose last four characters, after normalising, are those of <paramref name="value"/>.</summary>
    /// <param name="_">EF.Functions.</param>
    /// <param name="property">A property with <c>[BlindIndex(BlindIndexPart.LastFour)]</c>.</param>
    /// <param name="value">A text of four or more characters; a shorter one finds nothing.</param>
    [IndexFunction("last4", "[BlindIndex(BlindIndexPart.LastFour)]")]
    public static bool HasLastFour(this DbFunctions _, string? property, string? value) => throw OutsideQuery(nameof(HasLastFour));

    /// <summary>
    /// True for the rows whose first characters, after normalising, are those of <paramref name="value"/>, as many as the index has; those that go on in
    /// another way are found too.
    /// </summary>
    /// <param name="_">EF.Functions.</param>
    /// <param name="property">A property with <c>[BlindIndex(BlindIndexPart.Prefix)]</c>, or with <c>[TextIndex(PrefixFrom = …, PrefixTo = …)]</c>.</param>
    /// <param name="value">A text at least as long as the prefix; a shorter one finds nothing, or is refused by a text index.</param>
    [IndexFunction("prefix:", "[BlindIndex(BlindIndexPart.Prefix)]")]
    public static bool HasPrefix(this DbFunctions _, string? property, string? value) => throw OutsideQuery(nameof(HasPrefix));

    /// <summary>True for the rows that have every word of <paramref name="terms"/>, after normalising, in any order: a token match, not LIKE.</summary>
    /// <param name="_">EF.Functions.</param>
    /// <param name="property">A property with <c>[TextIndex(Words = true)]</c>.</param>
    /// <param name="terms">A text with 1 to 16 words, from a variable or constant; one without words, or null, finds nothing.</param>
    /// <exception cref="EncryptedQueryException">There are more than 16 words; thrown when the query is run.</exception>
    /// <remarks>
    /// Leakage: with a log of the queries, which words are looked for together (docs/leakage.md). A word is a longest run of letters, marks and numbers
    /// (docs/SPEC.md, section 13).
    /// </remarks>
    [IndexFunction("word", "[TextIndex(Words = true)]")]
    public static bool MatchesWords(this DbFunctions _, string? property, string? terms) => throw OutsideQuery(nameof(MatchesWords));

    /// <summary>True for the rows whose e-mail address has the domain, after normalising.</summary>
    /// <param name="_">EF.Functions.</param>
    /// <param name="property">A property with <c>[BlindIndex(BlindIndexPart.Domain)]</c>.</param>
    /// <param name="value">The domain, or an address that has it.</param>
    [IndexFunction("domain", "[BlindIndex(BlindIndexPart.Domain)]")]
    public static bool HasDomain(this DbFunctions _, string? property, string? value) => throw OutsideQuery(nameof(HasDomain));

    /// <summary>True for the rows whose date is in the year.</summary>
    /// <typeparam name="T">A <see cref="DateOnly"/>, <see cref="DateTime"/> or <see cref="DateTimeOffset"/>, nullable or not.</typeparam>
    /// <param name="_">EF.Functions.</param>
    /// <param name="property">A property with <c>[BlindIndex(BlindIndexPart.Year)]</c>.</param>
    /// <param name="year">The year, 1 to 9999; any other finds nothing.</param>
    [IndexFunction("year", "[BlindIndex(BlindIndexPart.Year)]")]
    public static bool HasYear<T>(this DbFunctions _, T property, int year) => throw OutsideQuery(nameof(HasYear));

    /// <summary>
    /// True for the rows whose bucket is one of those from <paramref name="from"/> to <paramref name="to"/>: every row between them, and others of the same
    /// buckets. For where the database alone decides; compare exactly after decryption. On the rows of a query themselves <c>&gt;=</c> and <c>&lt;=</c> do that
    /// by themselves.
    /// </summary>
    /// <typeparam name="T">The type of the property.</typeparam>
    /// <param name="_">EF.Functions.</param>
    /// <param name="property">A property with <c>[RangeIndex]</c>.</param>
    /// <param name="from">The lower bound, from a variable or constant; null for none.</param>
    /// <param name="to">The upper bound; null for none.</param>
    /// <exception cref="EncryptedQueryException">There are more than 256 buckets between them; thrown when the query is run.</exception>
    [IndexFunction(IndexOptions.Range, "[RangeIndex]")]
    public static bool InRange<T>(this DbFunctions _, T property, T? from, T? to)
        where T : struct => throw OutsideQuery(nameof(InRange));

    /// <inheritdoc cref="InRange{T}(DbFunctions, T, T?, T?)"/>
    [IndexFunction(IndexOptions.Range, "[RangeIndex]")]
    public static bool InRange<T>(this DbFunctions _, T? property, T? from, T? to)
        where T : struct => throw OutsideQuery(nameof(InRange));

    private static EncryptedQueryException OutsideQuery(string name) => new($"EF.Functions.{name} can only be used inside a query of a context with UseColumnCrypt.");
}
