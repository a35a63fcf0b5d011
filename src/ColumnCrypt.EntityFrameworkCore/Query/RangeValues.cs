using System.ComponentModel;
using System.Globalization;
using System.Linq.Expressions;
using ColumnCrypt.EntityFrameworkCore.Runtime;
using ColumnCrypt.Search;
using Microsoft.EntityFrameworkCore;

namespace ColumnCrypt.EntityFrameworkCore.Query;

/// <summary>
/// Makes the buckets to find rows by of the bounds that a query is run with. Public because compiled queries call it; not meant to be called by
/// applications. Thread-safe.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class RangeValues
{
    /// <summary>The most buckets that a query may ask for of one property.</summary>
    internal const int MaxBuckets = 256;

    /// <summary>The buckets in which the rows are that several comparisons of one property with values hold of.</summary>
    /// <param name="kind">The kind of the index.</param>
    /// <param name="property">The name of the property, for messages.</param>
    /// <param name="comparisons">How the property is compared with each of the bounds: it stands on the left.</param>
    /// <param name="bounds">The bounds. Nothing is above or below null, and null alone equals it.</param>
    /// <exception cref="EncryptedQueryException">There are more than 256 of them.</exception>
    public static List<BlindIndexValue?> ToFind(string kind, string property, ExpressionType[] comparisons, object?[] bounds)
    {
        ArgumentNullException.ThrowIfNull(comparisons);
        ArgumentNullException.ThrowIfNull(bounds);
        var buckets = BucketsOf(kind);
        var (first, last) = (0, buckets.Count - 1);
        for (int i = 0; i < bounds.Length; i++)
        {
            if (bounds[i] is not { } bound || buckets.BucketOf(bound) is not { } bucket)
            {
                return comparisons[i] == ExpressionType.Equal && bounds[i] is null ? [null] : [];
            }

            if (comparisons[i] is ExpressionType.Equal or ExpressionType.GreaterThan or ExpressionType.GreaterThanOrEqual)
            {
                first = Math.Max(first, bucket);
            }

            if (comparisons[i] is ExpressionType.Equal or ExpressionType.LessThan or ExpressionType.LessThanOrEqual)
            {
                last = Math.Min(last, comparisons[i] == ExpressionType.LessThan ? buckets.LastBelow(bound)!.Value : bucket);
            }
        }

        return Between(property, first, last);
    }

    /// <summary>The buckets from one bound to another.</summary>
    /// <param name="kind">The kind of the index.</param>
    /// <param name="property">The name of the property, for messages.</param>
    /// <param name="from">The lower bound; null for none.</param>
    /// <param name="to">The upper bound; null for none.</param>
    /// <exception cref="EncryptedQueryException">There are more than 256 of them.</exception>
    public static List<BlindIndexValue?> ToFindBetween(string kind, string property, object? from, object? to)
    {
        var buckets = BucketsOf(kind);
        return Between(property, from is null ? 0 : buckets.BucketOf(from) ?? buckets.Count, to is null ? buckets.Count - 1 : buckets.BucketOf(to) ?? -1);
    }

    /// <summary>As <see cref="ToFindBetween"/>, in a query filter.</summary>
    /// <param name="context">The context that the filter is used in: named so that EF evaluates the call for each context.</param>
    /// <param name="kind">The kind of the index.</param>
    /// <param name="property">The name of the property, for messages.</param>
    /// <param name="from">The lower bound; null for none.</param>
    /// <param name="to">The upper bound; null for none.</param>
    public static List<BlindIndexValue?> ToFindBetweenInFilter(DbContext? context, string kind, string property, object? from, object? to) =>
        ToFindBetween(kind, property, from, to);

    private static List<BlindIndexValue?> Between(string property, int first, int last) => last - first < MaxBuckets
        ? [.. Enumerable.Range(first, Math.Max(0, last - first + 1)).Select(BlindIndexValue.ToFindBucket)]
        : throw new EncryptedQueryException(string.Create(
            CultureInfo.InvariantCulture,
            $"The query asks for {last - first + 1} buckets of {property}; a query may ask for {MaxBuckets}. "
            + $"Say both bounds, joined by && in one Where, or narrow them; or declare wider buckets; or compare in memory, after AsEnumerable() or ToListAsync()."));

    private static RangeBuckets BucketsOf(string kind) =>
        RangeBuckets.OfKind(kind) ?? throw new EncryptedQueryException($"The query asks for buckets of an index of kind {kind}, which has none.");
}
