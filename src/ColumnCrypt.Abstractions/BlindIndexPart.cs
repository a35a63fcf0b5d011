namespace ColumnCrypt;

/// <summary>What of a value a blind index holds (docs/SPEC.md, section 13).</summary>
public enum BlindIndexPart
{
    /// <summary>The whole value.</summary>
    Whole,

    /// <summary>The last four characters of a text: <c>EF.Functions.HasLastFour</c>.</summary>
    LastFour,

    /// <summary>The first characters of a text, a fixed number: <c>EF.Functions.HasPrefix</c>.</summary>
    Prefix,

    /// <summary>The domain of an e-mail address: <c>EF.Functions.HasDomain</c>.</summary>
    Domain,

    /// <summary>The year of a date: <c>EF.Functions.HasYear</c>.</summary>
    Year,
}
