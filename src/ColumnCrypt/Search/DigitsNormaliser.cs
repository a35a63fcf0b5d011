using System.Globalization;
using System.Text;

namespace ColumnCrypt.Search;

/// <summary><c>digits@1</c>: decimal digits of any script (general category Nd) as 0 to 9; everything else is dropped.</summary>
internal sealed class DigitsNormaliser : IIndexNormaliser
{
    public string Name => "digits";

    public int Version => 1;

    public IReadOnlyList<NormaliserAnswer> KnownAnswers { get; } =
        [new("123-45-6789", "123456789"), new("٣٤ x ५", "345"), new("１²½", "1"), new("\U0001D7D9", "1"), new("none", ""), new("", "")];

    public string Normalise(string text)
    {
        var digits = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.GetUnicodeCategory(rune) == UnicodeCategory.DecimalDigitNumber)
            {
                digits.Append((char)('0' + (int)Rune.GetNumericValue(rune)));
            }
        }

        return digits.ToString();
    }
}
