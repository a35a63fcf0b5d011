namespace ColumnCrypt.Search;

/// <summary>One part of a text. A character is a Unicode code point (a surrogate pair counts once).</summary>
internal sealed class TextPartKind : IndexKind
{
    public const string PrefixName = "prefix:";
    public const int MaxPrefix = 64;

    public static readonly TextPartKind LastFour = new("last4", static text => FromEnd(text, 4));
    public static readonly TextPartKind Domain = new("domain", static text => After(text, '@'));

    private readonly Func<string, int> _find;
    private readonly bool _isPrefix;

    private TextPartKind(string text, Func<string, int> find, bool isPrefix = false)
        : base(text)
    {
        _find = find;
        _isPrefix = isPrefix;
    }

    public static TextPartKind? TryParsePrefix(string text) =>
        Numbers.TryParse(text.AsSpan(PrefixName.Length), out int length) && length is >= 1 and <= MaxPrefix
            ? new TextPartKind(text, form => FromStart(form, length), isPrefix: true)
            : null;

    /// <summary>The part of a form; false where it has none, because it is too short or has no domain.</summary>
    public bool TrySelect(string form, out ReadOnlySpan<char> part)
    {
        int at = _find(form);
        part = at < 0 ? default : _isPrefix ? form.AsSpan(0, at) : form.AsSpan(at);
        return at >= 0;
    }

    private static int FromStart(string text, int length)
    {
        int at = 0;
        for (int i = 0; i < length; i++)
        {
            if (at >= text.Length)
            {
                return -1;
            }

            at += IsPair(text, at) ? 2 : 1;
        }

        return at;
    }

    private static int FromEnd(string text, int length)
    {
        int at = text.Length;
        for (int i = 0; i < length; i++)
        {
            if (at <= 0)
            {
                return -1;
            }

            at -= at >= 2 && IsPair(text, at - 2) ? 2 : 1;
        }

        return at;
    }

    private static int After(string text, char mark)
    {
        int at = text.LastIndexOf(mark);
        return at < 0 || at == text.Length - 1 ? -1 : at + 1;
    }

    private static bool IsPair(string text, int at) => at + 1 < text.Length && char.IsSurrogatePair(text[at], text[at + 1]);
}
