namespace ColumnCrypt.Search;

/// <summary>The number of the bucket that a number or a date is in.</summary>
internal sealed class BucketKind(string text, RangeBuckets buckets) : IndexKind(text)
{
    public const string Name = "bucket:";

    public override bool IsOfText => false;

    public RangeBuckets Buckets => buckets;

    public static BucketKind? TryParse(string text)
    {
        string[] fields = text[Name.Length..].Split(':');
        return fields.Length == 3
            && Numbers.TryParse(fields[0], out decimal from)
            && Numbers.TryParse(fields[1], out decimal width)
            && Numbers.TryParse(fields[2], out int count)
            && RangeBuckets.WhyInvalid(width, count) is null
            ? new BucketKind(text, new RangeBuckets(from, width, count))
            : null;
    }
}
