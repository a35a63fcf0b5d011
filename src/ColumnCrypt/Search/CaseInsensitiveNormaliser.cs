using System.Text;

namespace ColumnCrypt.Search;

/// <summary>
/// <c>ci@1</c>: texts that differ in case alone are one. Unicode NFKC (UAX 15), then each code point in the lower case of its upper case
/// (simple mappings, no culture; U+0130 and U+0131 stay), then NFKC again. "ß" and "ss" stay two.
/// </summary>
internal sealed class CaseInsensitiveNormaliser : IIndexNormaliser
{
    public string Name => "ci";

    public int Version => 1;

    public IReadOnlyList<NormaliserAnswer> KnownAnswers { get; } =
    [
        new("ZOË", "zoë"), new("Zoe\u0308", "zoë"), new("ﬁn", "fin"), new("ＡＢＣ１", "abc1"), new("ΣΊΣΥΦΟΣ", "σίσυφοσ"), new("σίσυφος", "σίσυφοσ"), new("Straße", "straße"),
        new("\u212Aelvin", "kelvin"), new("µ", "μ"), new("İI\u0131i", "İi\u0131i"), new("\U00010400", "\U00010428"), new("㎏", "kg"), new("", ""),
    ];

    public string Normalise(string text) => Fold(text);

    /// <summary>The form of a text.</summary>
    public static string Fold(string text)
    {
        if (Ascii.IsValid(text))
        {
            return text.ToLowerInvariant();
        }

        return Compose(Compose(text).ToUpperInvariant().ToLowerInvariant());
    }

    // A lone surrogate has no normal form. It is kept, so that whoever encodes the text refuses it.
    private static string Compose(string text) => IsWellFormed(text) ? text.Normalize(NormalizationForm.FormKC) : text;

    private static bool IsWellFormed(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogate(text[i]) && !(i + 1 < text.Length && char.IsSurrogatePair(text[i], text[++i])))
            {
                return false;
            }
        }

        return true;
    }
}
