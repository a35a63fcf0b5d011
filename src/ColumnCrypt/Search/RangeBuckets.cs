using System.Globalization;
using System.Numerics;

namespace ColumnCrypt.Search;

/// <summary>
/// Cuts the numbers or dates of a column into buckets of one width (docs/SPEC.md, section 13): bucket 0 begins at <see cref="From"/>, and holds
/// what is below it, too; the last one holds what is above. A comparison becomes the list of all buckets that it touches, and the exact
/// comparison follows after decryption. Immutable, thread-safe.
/// </summary>
/// <remarks>
/// <para>Units: a number is itself; <see cref="DateOnly"/>, <see cref="DateTime"/> (its kind ignored) and <see cref="DateTimeOffset"/> (in UTC)
/// are days since 0001-01-01; <see cref="TimeOnly"/> and <see cref="TimeSpan"/> are seconds.</para>
/// <para>Leakage: the database shows which rows share a bucket and how full each is; its query log shows which buckets are asked for together,
/// which are neighbours, and so, after a few queries, their order. See docs/leakage.md.</para>
/// </remarks>
public sealed class RangeBuckets
{
    /// <summary>The most buckets: 4,096.</summary>
    public const int MaxCount = 4096;

    // Every decimal times this is whole.
    private static readonly BigInteger s_scale = BigInteger.Pow(10, 28);
    private readonly BigInteger _from;
    private readonly BigInteger _width;

    /// <summary>Makes buckets.</summary>
    /// <param name="from">Where bucket 0 begins.</param>
    /// <param name="width">The width of a bucket, above 0.</param>
    /// <param name="count">How many there are, 2 to 4,096.</param>
    /// <exception cref="EncryptionModelException">The width or the count is out of bounds.</exception>
    public RangeBuckets(decimal from, decimal width, int count)
    {
        if (WhyInvalid(width, count) is { } why)
        {
            throw new EncryptionModelException(why);
        }

        From = from;
        Width = width;
        Count = count;
        _from = Scaled(from);
        _width = Scaled(width);
    }

    /// <summary>Where bucket 0 begins, in the unit of the type.</summary>
    public decimal From { get; }

    /// <summary>The width of a bucket, in the unit of the type.</summary>
    public decimal Width { get; }

    /// <summary>How many buckets there are.</summary>
    public int Count { get; }

    /// <summary>The kind for an <see cref="IndexDefinition"/>: <c>bucket:FROM:WIDTH:COUNT</c>.</summary>
    public string Kind => string.Create(CultureInfo.InvariantCulture, $"{BucketKind.Name}{Numbers.Write(From)}:{Numbers.Write(Width)}:{Count}");

    /// <summary>Buckets of whole days.</summary>
    /// <param name="from">The first day of bucket 0.</param>
    /// <param name="days">The days in a bucket, 1 or more.</param>
    /// <param name="count">How many buckets there are, 2 to 4,096.</param>
    /// <exception cref="EncryptionModelException">A number is out of bounds.</exception>
    public static RangeBuckets OfDays(DateOnly from, int days, int count) => new(from.DayNumber, days, count);

    /// <summary>The buckets that a kind names.</summary>
    /// <param name="kind">The kind of an index: see <see cref="Kind"/>.</param>
    /// <returns>The buckets; null for a kind that is not one of buckets, or not written in its one canonical way.</returns>
    public static RangeBuckets? OfKind(string kind)
    {
        ArgumentNullException.ThrowIfNull(kind);
        return (IndexKind.Parse(kind) as BucketKind)?.Buckets;
    }

    /// <summary>True for the types that can be cut into buckets.</summary>
    /// <param name="type">The CLR type; nullable value types count as what they hold.</param>
    public static bool Supports(Type type)
    {
        ArgumentNullException.ThrowIfNull(type);
        return ExactNumber.Supports(Nullable.GetUnderlyingType(type) ?? type);
    }

    /// <summary>The bucket of a value: floor((value − From) / Width), computed exactly, and at least 0 and at most Count − 1.</summary>
    /// <typeparam name="T">A type that <see cref="Supports"/> names.</typeparam>
    /// <param name="value">The value.</param>
    /// <returns>The number; null for NaN, which no comparison finds.</returns>
    /// <exception cref="EncryptionModelException">The type cannot be cut into buckets.</exception>
    public int? BucketOf<T>(T value)
    {
        if (!ExactNumber.TryRead(value, out var numerator, out var denominator))
        {
            return null;
        }

        // A denominator of 0 is an infinity.
        if (denominator.IsZero)
        {
            return numerator.Sign < 0 ? 0 : Count - 1;
        }

        var distance = (numerator * s_scale) - (_from * denominator);
        return distance.Sign < 0 ? 0 : (int)BigInteger.Min(distance / (_width * denominator), Count - 1);
    }

    /// <summary>The last bucket that holds values below a bound: that of the bound, or the one in front of it where the bound itself begins a bucket.</summary>
    /// <typeparam name="T">A type that <see cref="Supports"/> names.</typeparam>
    /// <param name="bound">The bound, which is excluded.</param>
    /// <returns>The number; null for NaN, below which nothing is. Bucket 0 holds all that is below <see cref="From"/>, too.</returns>
    /// <exception cref="EncryptionModelException">The type cannot be cut into buckets.</exception>
    public int? LastBelow<T>(T bound)
    {
        if (BucketOf(bound) is not { } bucket || bucket == 0)
        {
            return BucketOf(bound);
        }

        _ = ExactNumber.TryRead(bound, out var numerator, out var denominator);
        bool begins = (numerator * s_scale) - (_from * denominator) == bucket * _width * denominator;
        return begins && !denominator.IsZero ? bucket - 1 : bucket;
    }

    /// <summary>The buckets that hold the values between two bounds, both of them included.</summary>
    /// <typeparam name="T">A type that <see cref="Supports"/> names.</typeparam>
    /// <param name="from">The lower bound; null for none.</param>
    /// <param name="to">The upper bound; null for none.</param>
    /// <returns>The first bucket, and how many there are: 0 where nothing lies between, or a bound is NaN.</returns>
    /// <exception cref="EncryptionModelException">The type cannot be cut into buckets.</exception>
    public (int First, int Count) Between<T>(T? from, T? to)
        where T : struct
    {
        int? first = from is { } low ? BucketOf(low) : 0;
        int? last = to is { } high ? BucketOf(high) : Count - 1;
        return first is { } begin && last is { } end && begin <= end ? (begin, end - begin + 1) : (0, 0);
    }

    internal static string? WhyInvalid(decimal width, int count) =>
        width <= 0 ? "The width of a bucket is above 0."
        : count is < 2 or > MaxCount ? string.Create(CultureInfo.InvariantCulture, $"There are 2 to {MaxCount:N0} buckets, not {count}.")
        : null;

    private static BigInteger Scaled(decimal number)
    {
        var (numerator, denominator) = ExactNumber.Fraction(number);
        return numerator * (s_scale / denominator);
    }
}
