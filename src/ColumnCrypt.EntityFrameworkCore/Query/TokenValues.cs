using System.ComponentModel;
using System.Globalization;
using ColumnCrypt.EntityFrameworkCore.Runtime;
using ColumnCrypt.Search;
using Microsoft.EntityFrameworkCore.Query;

namespace ColumnCrypt.EntityFrameworkCore.Query;

/// <summary>
/// Makes the tokens to find texts by of the values that a query is run with. Public because compiled queries call it; not meant to be called by
/// applications. Thread-safe.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class TokenValues
{
    /// <summary>The most words that a query may ask for at once.</summary>
    internal const int MaxWords = 16;

    /// <summary>The token to find texts by their beginning.</summary>
    /// <param name="context">EF's query context.</param>
    /// <param name="value">The beginning: a text, or a character.</param>
    /// <param name="property">The name of the property, for messages.</param>
    /// <param name="from">The shortest prefix that has a token.</param>
    /// <param name="to">The longest.</param>
    /// <param name="normaliser">The normaliser.</param>
    /// <param name="bits">The bits that are kept.</param>
    /// <param name="mayFindMore">True where texts that begin alike, but not so far as the value goes, may be found too.</param>
    /// <exception cref="EncryptedQueryException">The value is null, empty, shorter than any prefix, or longer than any where that may not find more.</exception>
    public static BlindIndexValue ToFindPrefix(QueryContext context, object? value, string property, int from, int to, string normaliser, int bits, bool mayFindMore)
    {
        string text = value switch
        {
            string given => given,
            char character => character.ToString(),
            _ => "",
        };
        if (text.Length == 0)
        {
            throw new EncryptedQueryException(
                $"StartsWith is asked of {property} with {(value is null ? "null" : "an empty text, with which every text begins")}: its text index has no token for that. Leave the condition out where nothing is asked for.");
        }

        int length = Form(context, normaliser, text).EnumerateRunes().Count();
        if (length < from)
        {
            throw new EncryptedQueryException(string.Create(
                CultureInfo.InvariantCulture,
                $"StartsWith is asked of {property} with {length} characters; its text index has tokens of {from} to {to}. Ask for {from} or more, compare in memory, after AsEnumerable() or ToListAsync(), or declare a lower PrefixFrom."));
        }

        if (length > to && !mayFindMore)
        {
            throw new EncryptedQueryException(string.Create(
                CultureInfo.InvariantCulture,
                $"StartsWith is asked of {property} with {length} characters; its text index has tokens of at most {to}, which find other rows too, where they cannot be sorted out after decryption. "
                + $"Ask for the rows themselves, not for their number or a part of them; or ask for all that it finds with EF.Functions.HasPrefix(property, value), and compare exactly in memory, after AsEnumerable() or ToListAsync(); or declare a higher PrefixTo."));
        }

        return BlindIndexValue.ToFind(text, new AskedToken(Model.TextPart.KindOf(Math.Min(length, to)), normaliser, bits));
    }

    /// <summary>The tokens to find texts by their words.</summary>
    /// <param name="context">EF's query context.</param>
    /// <param name="terms">A text that has the words; null has none.</param>
    /// <param name="property">The name of the property, for messages.</param>
    /// <param name="normaliser">The normaliser.</param>
    /// <exception cref="EncryptedQueryException">There are more than 16 words.</exception>
    public static List<BlindIndexValue> ToFindWords(QueryContext context, object? terms, string property, string normaliser) =>
        [.. Enumerable.Range(0, WordsOf(context, terms, property, normaliser))
            .Select(word => BlindIndexValue.ToFind((string)terms!, new AskedToken("word", normaliser, IndexDefinition.FullBits, word)))];

    /// <summary>How many of the tokens that <see cref="ToFindWords"/> gives a text has: all of them; without any, none does.</summary>
    /// <inheritdoc cref="ToFindWords"/>
    public static int ToMatchAll(QueryContext context, object? terms, string property, string normaliser) =>
        WordsOf(context, terms, property, normaliser) is > 0 and var count ? count : -1;

    /// <summary>True where a text begins with a value, as <c>string.StartsWith</c> says with <see cref="StringComparison.Ordinal"/>.</summary>
    /// <param name="text">The decrypted text.</param>
    /// <param name="value">The beginning: a text, or a character.</param>
    public static bool Begins(string? text, object? value) => text is not null && value switch
    {
        string start => text.StartsWith(start, StringComparison.Ordinal),
        char character => text.StartsWith(character),
        _ => false,
    };

    /// <summary>True where a text has all words of another, and that has any.</summary>
    /// <param name="context">EF's query context.</param>
    /// <param name="text">The decrypted text.</param>
    /// <param name="terms">The text that has the words.</param>
    /// <param name="normaliser">The normaliser.</param>
    public static bool HasWords(QueryContext context, string? text, object? terms, string normaliser) =>
        text is not null && terms is string given && TextWords.Of(Form(context, normaliser, given)) is { Count: > 0 } words
        && !words.Except(TextWords.Of(Form(context, normaliser, text)), StringComparer.Ordinal).Any();

    private static int WordsOf(QueryContext context, object? terms, string property, string normaliser)
    {
        int count = terms is string text ? TextWords.Of(Form(context, normaliser, text)).Count : 0;
        return count <= MaxWords
            ? count
            : throw new EncryptedQueryException(string.Create(
                CultureInfo.InvariantCulture, $"MatchesWords is asked of {property} with {count} words; a query may ask for {MaxWords}. Ask for fewer, and look for the others in memory."));
    }

    private static string Form(QueryContext context, string normaliser, string text)
    {
        ArgumentNullException.ThrowIfNull(context);
        return ContextWindow.Current.ScopeOf(context.Context).Instance.Normalise(normaliser, text);
    }
}
