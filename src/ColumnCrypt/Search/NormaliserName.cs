using System.Globalization;

namespace ColumnCrypt.Search;

/// <summary>How a normaliser is named: <c>name@version</c>, the name of lower-case ASCII letters, digits and hyphens, at most 40.</summary>
internal static class NormaliserName
{
    private const int MaxLength = 40;

    public static string Of(IIndexNormaliser normaliser) => string.Create(CultureInfo.InvariantCulture, $"{normaliser.Name}@{normaliser.Version}");

    public static bool IsValid(string text)
    {
        int at = text.IndexOf('@', StringComparison.Ordinal);
        return at is > 0 and <= MaxLength
            && text.AsSpan(0, at).IndexOfAnyExcept("abcdefghijklmnopqrstuvwxyz0123456789-") < 0
            && Numbers.TryParse(text.AsSpan(at + 1), out int version) && version >= 1;
    }
}
