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

    // The platform's normalisation refuses U+FFFE and lone surrogates, which have no mapping and compose with nothing: what stands between
    // them is composed. Whoever encodes the text refuses the surrogates.
    private static string Compose(string text)
    {
        int bad = FindUnmapped(text, 0);
        if (bad < 0)
        {
            return text.Normalize(NormalizationForm.FormKC);
        }

        var composed = new StringBuilder(text.Length);
        int start = 0;
        for (; bad >= 0; start = bad + 1, bad = FindUnmapped(text, start))
        {
            composed.Append(text[start..bad].Normalize(NormalizationForm.FormKC)).Append(text[bad]);
        }

        return composed.Append(text[start..].Normalize(NormalizationForm.FormKC)).ToString();
    }

    private static int FindUnmapped(string text, int start)
    {
        for (int i = start; i < text.Length; i++)
        {
            if (i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]))
            {
                i++;
            }
            else if (char.IsSurrogate(text[i]) || text[i] == '\uFFFE')
            {
                return i;
            }
        }

        return -1;
    }
}
