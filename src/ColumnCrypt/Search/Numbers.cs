using System.Globalization;

namespace ColumnCrypt.Search;

/// <summary>Numbers in kinds and names, each with one spelling: what is bound into a subkey must not have two.</summary>
internal static class Numbers
{
    public static bool TryParse(ReadOnlySpan<char> text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && text.SequenceEqual(number.ToString(CultureInfo.InvariantCulture));

    public static bool TryParse(ReadOnlySpan<char> text, out decimal number) =>
        decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out number)
        && text.SequenceEqual(Write(number));

    /// <summary>Without trailing zeros, exponent or sign of zero.</summary>
    public static string Write(decimal number) => Shorten(number).ToString(CultureInfo.InvariantCulture);

    /// <summary>The same number with the smallest scale, and zero without a sign.</summary>
    public static decimal Shorten(decimal number) => number == 0 ? 0 : number / 1.0000000000000000000000000000m;
}
