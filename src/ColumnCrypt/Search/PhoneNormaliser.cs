using System.Text;

namespace ColumnCrypt.Search;

/// <summary>
/// <c>phone@1</c>: the decimal digits, as <c>digits@1</c> reads them, after a "+" where the number is international: where a plus stands in
/// front of the first digit, or the digits begin with 00, which are dropped. "(0)" is dropped from an international number. No dialling
/// plan is known: 020 7946 0018 and +44 20 7946 0018 are two.
/// </summary>
internal sealed class PhoneNormaliser : IIndexNormaliser
{
    private static readonly DigitsNormaliser s_digits = new();

    public string Name => "phone";

    public int Version => 1;

    public IReadOnlyList<NormaliserAnswer> KnownAnswers { get; } =
    [
        new("+44 (0)20 7946-0018", "+442079460018"), new("0044 20 7946 0018", "+442079460018"), new("(＋４４) 20 7946 0018", "+442079460018"), new("020 7946 0018", "02079460018"),
        new("(0)30 1234", "0301234"), new("tel. 1+2", "12"), new("00", "+"), new("", ""),
    ];

    public string Normalise(string text)
    {
        bool isInternational = HasPlusInFront(text);
        string digits = s_digits.Normalise(text);
        if (!isInternational && digits.StartsWith("00", StringComparison.Ordinal))
        {
            isInternational = true;
            digits = digits[2..];
            text = AfterDigits(text, 2);
        }

        return !isInternational ? digits
            : text.Contains("(0)", StringComparison.Ordinal) ? "+" + s_digits.Normalise(text.Replace("(0)", "", StringComparison.Ordinal))
            : "+" + digits;
    }

    private static bool HasPlusInFront(string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value is '+' or 0xFF0B)
            {
                return true;
            }

            if (Rune.IsDigit(rune))
            {
                return false;
            }
        }

        return false;
    }

    private static string AfterDigits(string text, int count)
    {
        int at = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            if (count == 0)
            {
                break;
            }

            count -= Rune.IsDigit(rune) ? 1 : 0;
            at += rune.Utf16SequenceLength;
        }

        return text[at..];
    }
}
