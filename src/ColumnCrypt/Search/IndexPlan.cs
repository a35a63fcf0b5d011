namespace ColumnCrypt.Search;

/// <summary>
/// How many bits a truncated blind index on one property should have, and how many buckets a range index, by three rules that are computed
/// from counts alone (docs/leakage.md). Immutable. Rules of thumb, not a proof of anything: they say how much hides in the crowd of one tenant's
/// rows, on average.
/// </summary>
/// <remarks>
/// The rules: CipherSweet's coincidence count, C = R / 2^bits of R rows, is at least 2 and at most √R, over all indexes of the property together;
/// the rule for AWS beacons, that at least two different values share each index value; and that the index value of the most frequent value
/// is expected in at most twice as many rows as another.
/// </remarks>
public sealed record IndexPlan
{
    private IndexPlan()
    {
    }

    /// <summary>R: the rows of one tenant with a value.</summary>
    public required long Rows { get; init; }

    /// <summary>D: how many different values they hold.</summary>
    public required long Distinct { get; init; }

    /// <summary>F: the rows with the most frequent value; R / D, rounded up, where nobody has said.</summary>
    public required long MostFrequent { get; init; }

    /// <summary>The bits that other indexes of the same property show already.</summary>
    public required int OtherBits { get; init; }

    /// <summary>The fewest bits with at most √R rows for a lookup: fewer are slow.</summary>
    public required int FewestBits { get; init; }

    /// <summary>The most bits by C ≥ 2: more make rows with one index value nearly as good as equal. 0 where there are none.</summary>
    public required int MostBitsByCoincidence { get; init; }

    /// <summary>The most bits at which two values share an index value on average. 0 where there are none.</summary>
    public required int MostBitsByValues { get; init; }

    /// <summary>The most bits at which the most frequent value does not stand out by more than twice. 0 where there are none.</summary>
    public required int MostBitsByFrequency { get; init; }

    /// <summary>The bits to take: the most that every rule allows; null where even one bit breaks a rule.</summary>
    public int? Bits { get; init; }

    /// <summary>The rows that a lookup of an average value reads with these bits, those it did not ask for included.</summary>
    public double? RowsPerLookup { get; init; }

    /// <summary>In how many times as many rows as the average index value that of the most frequent value is expected.</summary>
    public double? Prominence { get; init; }

    /// <summary>The buckets of a range index: about √R, with two different values in each, at most 4,096; null where there are too few values.</summary>
    public int? Buckets { get; init; }

    /// <summary>True where <see cref="Bits"/> are fewer than <see cref="FewestBits"/>, so that lookups read more than √R rows.</summary>
    public bool IsSlow => Bits < FewestBits;

    /// <summary>Makes a plan.</summary>
    /// <param name="rows">The rows of one tenant with a value, now or as expected; 1 or more.</param>
    /// <param name="distinct">How many different values they hold: 1 up to <paramref name="rows"/>.</param>
    /// <param name="mostFrequent">The rows with the most frequent value; null where it is not known, and taken to be as frequent as any.</param>
    /// <param name="otherBits">The bits of other indexes of the same property, added up; each at most log2 of its different values. Default: 0.</param>
    /// <exception cref="EncryptionModelException">The counts contradict each other.</exception>
    public static IndexPlan Make(long rows, long distinct, long? mostFrequent = null, int otherBits = 0)
    {
        if (rows < 1 || distinct < 1 || distinct > rows || otherBits < 0)
        {
            throw new EncryptionModelException("A plan needs 1 row or more, and 1 different value up to as many as there are rows.");
        }

        long average = checked(rows + distinct - 1) / distinct;
        long frequent = mostFrequent ?? average;
        if (frequent < average || frequent > rows - distinct + 1)
        {
            throw new EncryptionModelException("The most frequent value is in at least rows / distinct rows, and leaves a row for each other value.");
        }

        int byCoincidence = Math.Max(0, Floor(rows, 2) - otherBits);
        int byValues = Math.Max(0, Floor(distinct, 2) - otherBits);
        int byFrequency = Math.Max(0, Floor(rows, frequent));
        int bits = Math.Min(byCoincidence, Math.Min(byValues, byFrequency));
        double share = Math.Pow(2, -bits);
        double wanted = (double)rows / distinct;
        return new IndexPlan
        {
            Rows = rows,
            Distinct = distinct,
            MostFrequent = frequent,
            OtherBits = otherBits,
            FewestBits = Math.Max(0, (int)Math.Ceiling(Math.Log2(rows) / 2) - otherBits),
            MostBitsByCoincidence = byCoincidence,
            MostBitsByValues = byValues,
            MostBitsByFrequency = byFrequency,
            Bits = bits == 0 ? null : bits,
            RowsPerLookup = bits == 0 ? null : wanted + ((rows - wanted) * share),
            Prominence = bits == 0 ? null : (frequent + ((rows - frequent) * share)) / (rows * share),
            Buckets = distinct < 4 ? null : (int)Math.Min(Math.Min(RangeBuckets.MaxCount, distinct / 2), Math.Max(2, (long)Math.Ceiling(Math.Sqrt(rows)))),
        };
    }

    // floor(log2(number / divisor)), and -1 or less where the quotient is below 1.
    private static int Floor(long number, long divisor) => number < divisor ? -1 : (int)Math.Floor(Math.Log2(number / divisor));
}
