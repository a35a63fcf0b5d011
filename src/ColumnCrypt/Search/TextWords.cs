using System.Globalization;
using System.Text;

namespace ColumnCrypt.Search;

/// <summary>
/// The words of a text (docs/SPEC.md, section 13): the longest runs of letters, marks and numbers (general categories L*, M* and N*) of its
/// form; everything else parts words. Scripts that do not part words give whole runs. Thread-safe, stateless.
/// </summary>
public static class TextWords
{
    /// <summary>The words of a form, each once, in the order in which they first stand there.</summary>
    /// <param name="form">A text, normalised already where it shall be.</param>
    public static IReadOnlyList<string> Of(string form)
    {
        ArgumentNullException.ThrowIfNull(form);
        var words = new OrderedDictionary<string, bool>(StringComparer.Ordinal);
        int start = 0;
        int at = 0;
        foreach (var rune in form.EnumerateRunes())
        {
            if (!IsOfWord(rune))
            {
                Add(form[start..at]);
                start = at + rune.Utf16SequenceLength;
            }

            at += rune.Utf16SequenceLength;
        }

        Add(form[start..]);
        return [.. words.Keys];

        void Add(string word)
        {
            if (word.Length > 0)
            {
                words.TryAdd(word, true);
            }
        }
    }

    private static bool IsOfWord(Rune rune) => Rune.GetUnicodeCategory(rune) is
        UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter or UnicodeCategory.ModifierLetter
        or UnicodeCategory.OtherLetter or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark
        or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber;
}
