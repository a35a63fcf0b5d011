namespace ColumnCrypt.Search;

/// <summary>What of a value is indexed. Immutable; one spelling for one meaning.</summary>
internal abstract class IndexKind(string text)
{
    /// <summary>The kind with its parameters.</summary>
    public string Text => text;

    /// <summary>True where it is made of a text, which may be normalised before.</summary>
    public virtual bool IsOfText => true;

    /// <summary>Reads a kind; null where the text is not the canonical spelling of one.</summary>
    public static IndexKind? Parse(string text) => text switch
    {
        "eq" => EqualityKind.Instance,
        "last4" => TextPartKind.LastFour,
        "domain" => TextPartKind.Domain,
        "word" => WordKind.Instance,
        "year" => YearKind.Instance,
        "composite" => CompositeKind.Instance,
        _ when text.StartsWith(TextPartKind.PrefixName, StringComparison.Ordinal) => TextPartKind.TryParsePrefix(text),
        _ when text.StartsWith(BucketKind.Name, StringComparison.Ordinal) => BucketKind.TryParse(text),
        _ => null,
    };
}
