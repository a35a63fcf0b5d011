namespace ColumnCrypt.Search;

/// <summary>
/// Says which indexes show so much that somebody must have decided for them: on a type of few values, the frequencies alone tell which is
/// which (docs/leakage.md). A pure function; thread-safe.
/// </summary>
public static class SmallDomain
{
    /// <summary>Why the indexes of one property are refused, to follow its name in a message; null where they are not.</summary>
    /// <param name="type">The CLR type of the property; nullable value types count as what they hold.</param>
    /// <param name="kinds">
    /// The kinds of all indexes on it, as <see cref="IndexDefinition.Kind"/> spells them. A <c>composite</c> one does not count: its other parts tell
    /// values apart.
    /// </param>
    /// <param name="reason">Why they are wanted all the same (<c>AllowSmallDomain</c>); null or blank where nobody has said.</param>
    public static string? WhyRefused(Type type, IReadOnlyCollection<string> kinds, string? reason)
    {
        ArgumentNullException.ThrowIfNull(type);
        ArgumentNullException.ThrowIfNull(kinds);
        if (kinds.All(static kind => kind == "composite") || !string.IsNullOrWhiteSpace(reason))
        {
            return null;
        }

        type = Nullable.GetUnderlyingType(type) ?? type;
        return IsSmall(type)
            ? $"is a {type.Name}, which has so few values that the frequencies of its index tell them apart. Filter after decryption, index it together with another property, or say why this may be shown with AllowSmallDomain = \"reason\""
            : kinds.Contains("eq") && kinds.Contains("last4")
            ? "has an index of the whole value and one of its last four characters, which together narrow each value down to what the other leaves open. Drop one of them, or say why this may be shown with AllowSmallDomain = \"reason\""
            : IsOfText(kinds) && (kinds.Contains("eq") || kinds.Contains("last4"))
            ? "has a text index beside one of the whole value or of its last four characters, which together narrow each value down to what the other leaves open. Drop one of them, or say why this may be shown with AllowSmallDomain = \"reason\""
            : null;
    }

    // One prefix of a fixed length is no trie.
    private static bool IsOfText(IReadOnlyCollection<string> kinds) =>
        kinds.Contains("word") || kinds.Count(static kind => kind.StartsWith(TextPartKind.PrefixName, StringComparison.Ordinal)) > 1;

    private static bool IsSmall(Type type) => type.IsEnum || type == typeof(bool) || type == typeof(byte) || type == typeof(sbyte);
}
