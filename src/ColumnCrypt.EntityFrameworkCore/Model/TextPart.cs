using System.Globalization;
using System.Text.Json.Serialization;
using ColumnCrypt.Search;

namespace ColumnCrypt.EntityFrameworkCore.Model;

/// <summary>What one declaration of a text index wants: prefixes, or words, of one index version. Immutable.</summary>
internal sealed record TextPart
{
    /// <summary>True for the words of a text, false for its prefixes.</summary>
    public bool Words { get; init; }

    /// <summary>The shortest prefix, in code points.</summary>
    public int From { get; init; }

    /// <summary>The longest prefix, in code points.</summary>
    public int To { get; init; }

    /// <summary>The normaliser, or null for the default.</summary>
    public string? Normaliser { get; init; }

    /// <summary>The bits of a token that are kept.</summary>
    public int Bits { get; init; } = IndexDefinition.FullBits;

    /// <summary>The index version.</summary>
    public int Version { get; init; } = 1;

    /// <summary>True where it is written, and asked no more.</summary>
    public bool Retiring { get; init; }

    /// <summary>Why it is wanted beside another index of the property, or null.</summary>
    public string? AllowSmallDomain { get; init; }

    /// <summary>The normaliser that is used.</summary>
    [JsonIgnore]
    public string Form => Normaliser ?? (Words ? BlindIndexNormaliser.CaseInsensitive : IndexDefinition.NoNormaliser);

    /// <summary>The kinds of its tokens, as <see cref="IndexDefinition"/> spells them.</summary>
    [JsonIgnore]
    public IEnumerable<string> Kinds => Words ? ["word"] : Enumerable.Range(From, Math.Max(0, To - From + 1)).Select(KindOf);

    /// <summary>How messages name it.</summary>
    [JsonIgnore]
    public string Name => Words ? "words" : "prefixes";

    /// <summary>As declared by an attribute.</summary>
    public static IEnumerable<TextPart> Of(TextIndexAttribute attribute) =>
        Of(attribute.PrefixFrom, attribute.PrefixTo, attribute.Words).Select(part => part with
        {
            Normaliser = attribute.Normaliser,
            Bits = attribute.Bits,
            Version = attribute.Version,
            Retiring = attribute.Retiring,
            AllowSmallDomain = attribute.AllowSmallDomain,
        });

    /// <summary>The parts that a declaration names; one of no prefixes where it names none, which is refused.</summary>
    public static IEnumerable<TextPart> Of(int from, int to, bool words)
    {
        if (words)
        {
            yield return new TextPart { Words = true };
        }

        if (!words || from != 0 || to != 0)
        {
            yield return new TextPart { From = from, To = to };
        }
    }

    /// <summary>The kind of the tokens of prefixes of one length.</summary>
    public static string KindOf(int length) => string.Create(CultureInfo.InvariantCulture, $"prefix:{length}");

    /// <summary>What its tokens are.</summary>
    /// <exception cref="EncryptionModelException">One of its settings is out of bounds.</exception>
    public IEnumerable<IndexDefinition> Definitions(string purpose) => Kinds.Select(kind => new IndexDefinition(purpose, kind, Form, Version, Bits));
}
