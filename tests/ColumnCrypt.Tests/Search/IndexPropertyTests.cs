using ColumnCrypt.Format;
using ColumnCrypt.Search;
using FsCheck;
using FsCheck.Fluent;

namespace ColumnCrypt.Tests.Search;

// SPEC-IDX-1 SPEC-IDX-3 SPEC-IDX-5 SPEC-IDX-21
public sealed class IndexPropertyTests
{
    private static readonly RangeBuckets s_buckets = new(-50.5m, 0.75m, 200);

    [Fact]
    public void Range_OfNumbers_HoldsEveryValueBetweenItsBounds() => Prop.ForAll<int, int, int>((a, b, c) =>
    {
        decimal[] sorted = [.. new[] { a, b, c }.Select(static n => n / 7m).Order()];
        return Holds(sorted[0], sorted[1], sorted[2]);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Range_OfDoubles_HoldsEveryValueBetweenItsBounds() => Prop.ForAll<double, double, double>((a, b, c) =>
    {
        double[] sorted = [.. new[] { a, b, c }.Order()];
        return double.IsNaN(a) || double.IsNaN(b) || double.IsNaN(c) || Holds(sorted[0], sorted[1], sorted[2]);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Range_OfTimes_HoldsEveryValueBetweenItsBounds()
    {
        var buckets = RangeBuckets.OfDays(new DateOnly(1990, 1, 1), 10, 1000);
        Prop.ForAll<DateTime, DateTime, DateTime>((a, b, c) =>
        {
            DateTime[] sorted = [.. new[] { a, b, c }.Order()];
            var (first, count) = buckets.Between<DateTime>(sorted[0], sorted[2]);
            int inside = buckets.BucketOf(sorted[1])!.Value;
            return inside >= first && inside < first + count && buckets.BucketOf(DateOnly.FromDateTime(a)) == buckets.BucketOf(a);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Bucket_OfADecimal_IsTheExactFloor() => Prop.ForAll<int, PositiveInt>(static (thousandths, more) =>
    {
        // In thousandths: from -50,500 in steps of 750.
        long distance = thousandths + 50_500L;
        long floor = Math.Clamp(Math.DivRem(distance, 750).Quotient - (distance < 0 && distance % 750 != 0 ? 1 : 0), 0, 199);
        return s_buckets.BucketOf(thousandths / 1000m) == floor && s_buckets.BucketOf((thousandths / 1000m) + (more.Get * 0.0000000000000001m)) >= floor;
    }).QuickCheckThrowOnFailure();

    // Every bound and value in quarters around all edges: what is below a bound is in the buckets up to the last below it, and that one is needed.
    [Fact]
    public void LastBelow_OfEveryBound_IsTheLastBucketThatSomethingBelowItIsIn()
    {
        var buckets = new RangeBuckets(-2.5m, 0.75m, 5);
        decimal[] values = [decimal.MinValue, .. Enumerable.Range(-24, 48).Select(static quarters => quarters / 4m), decimal.MaxValue];
        foreach (decimal bound in values.Skip(1))
        {
            int last = values.Where(value => value < bound).Max(value => buckets.BucketOf(value)!.Value);
            Assert.Equal(last, buckets.LastBelow(bound));
            Assert.Equal(last, buckets.LastBelow((double)bound));
        }

        Assert.Equal(0, buckets.LastBelow(decimal.MinValue));
        Assert.Equal(4, buckets.LastBelow(double.PositiveInfinity));
        Assert.Equal(0, buckets.LastBelow(double.NegativeInfinity));
        Assert.Null(buckets.LastBelow(double.NaN));
    }

    [Fact]
    public void LastBelow_OfNumbers_HoldsEveryValueBelow() => Prop.ForAll<int, int, PositiveInt>(static (a, from, width) =>
    {
        // Both are of small numbers, so that bounds meet edges.
        var buckets = new RangeBuckets(from, width.Get / 4m, 2 + (width.Get % 40));
        decimal bound = from + (a * (width.Get / 4m));
        int last = buckets.LastBelow(bound)!.Value;
        decimal below = bound - 0.0000000001m;
        return buckets.BucketOf(below) == last && (buckets.BucketOf(bound) == last || buckets.BucketOf(bound) == last + 1);
    }).QuickCheckThrowOnFailure();

    // Brute force: the buckets from that of the lower bound to the last below the upper one are those that a value between them is in, and no other.
    [Fact]
    public void Buckets_BetweenBounds_AreThoseThatAValueBetweenThemIsIn() => Prop.ForAll<int, int, PositiveInt>(static (a, b, width) =>
    {
        var buckets = new RangeBuckets(-7, 1 + (width.Get % 5), 9);
        int low = Math.Min(a, b) % 60;
        int high = low + (Math.Abs(b % 50) + 1);
        int[] touched = [.. Enumerable.Range(low, high - low).Select(value => buckets.BucketOf(value)!.Value).Distinct()];
        return touched.SequenceEqual(Enumerable.Range(buckets.BucketOf(low)!.Value, buckets.LastBelow(high)!.Value - buckets.BucketOf(low)!.Value + 1))
            && buckets.Between<int>(low, high - 1) == (touched[0], touched.Length);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Buckets_OfAKind_AreThoseItNames()
    {
        Assert.Equal((-50.5m, 0.75m, 200), RangeBuckets.OfKind("bucket:-50.5:0.75:200") is { } found ? (found.From, found.Width, found.Count) : default);
        Assert.Null(RangeBuckets.OfKind("eq"));
        Assert.Null(RangeBuckets.OfKind("bucket:0.0:1:10"));
        Assert.Null(RangeBuckets.OfKind("bucket:0:0:10"));
    }

    [Fact]
    public void Between_WhenABoundIsMissing_GoesToTheEnd()
    {
        Assert.Equal((0, 200), s_buckets.Between<decimal>(null, null));
        Assert.Equal((s_buckets.BucketOf(10m)!.Value, 200 - s_buckets.BucketOf(10m)!.Value), s_buckets.Between<decimal>(10, null));
        Assert.Equal((0, s_buckets.BucketOf(10m)!.Value + 1), s_buckets.Between<decimal>(null, 10));
        Assert.Equal((0, 1), s_buckets.Between<decimal>(null, decimal.MinValue));
        Assert.Equal((199, 1), s_buckets.Between<double>(double.PositiveInfinity, null));
        Assert.Equal(0, s_buckets.Between<decimal>(10, 9).Count);
        Assert.Equal(0, s_buckets.Between<double>(double.NaN, null).Count);
        Assert.Null(s_buckets.BucketOf(double.NaN));
        Assert.Throws<EncryptionModelException>(() => s_buckets.BucketOf("text"));
    }

    [Fact]
    public void Kind_OfBuckets_ReadsBack()
    {
        var again = Assert.IsType<BucketKind>(new IndexDefinition("p", s_buckets.Kind).Parsed).Buckets;
        Assert.Equal((s_buckets.From, s_buckets.Width, s_buckets.Count), (again.From, again.Width, again.Count));
    }

    [Fact]
    public void Message_IsEqual_WhereValuesAre() => Prop.ForAll<decimal, DateTime>(static (number, time) =>
        Same(number, number * 1.000m) && Same(time, DateTime.SpecifyKind(time, DateTimeKind.Utc))
        && Same(new DateTimeOffset(time.Date, TimeSpan.Zero), new DateTimeOffset(time.Date, TimeSpan.Zero).ToOffset(TimeSpan.FromMinutes(time.Date < DateTime.MaxValue.AddDays(-1) ? 90 : 0))))
        .QuickCheckThrowOnFailure();

    [Fact]
    public void Message_IsDifferent_WhereTextsAre() => Prop.ForAll<NonNull<string>, NonNull<string>>(static (a, b) =>
        HasLoneSurrogate(a.Get) || HasLoneSurrogate(b.Get) || Same(a.Get, b.Get) == (a.Get == b.Get)).QuickCheckThrowOnFailure();

    [Fact]
    public void Composite_IsEqualOnlyWhereEveryPartIs() => Prop.ForAll<string[], string[]>(static (a, b) =>
    {
        string[] left = [.. a.Select(static s => s ?? "").Take(3)];
        string[] right = [.. b.Select(static s => s ?? "").Take(3)];
        return left.Length != right.Length || left.Length < 2 || left.Concat(right).Any(HasLoneSurrogate)
            || Composite(left).AsSpan().SequenceEqual(Composite(right)) == left.SequenceEqual(right);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Forms_OfForms_AreUnchanged() => Prop.ForAll<NonNull<string>>(static text =>
        new[] { "ci@1", "digits@1", "email@1", "phone@1", "trimmed@1" }.All(name => IndexValues.Form(name, IndexValues.Form(name, text.Get)) == IndexValues.Form(name, text.Get)))
        .QuickCheckThrowOnFailure();

    [Fact]
    public void CaseInsensitiveForm_OfEveryCodePoint_IsThatOfItsOtherCases()
    {
        for (int point = 0; point <= 0x10FFFF; point++)
        {
            if (point is >= 0xD800 and <= 0xDFFF)
            {
                continue;
            }

            string letter = char.ConvertFromUtf32(point);
            string form = CaseInsensitiveNormaliser.Fold(letter);
            Assert.True(CaseInsensitiveNormaliser.Fold(letter.ToUpperInvariant()) == form && CaseInsensitiveNormaliser.Fold(letter.ToLowerInvariant()) == form, $"U+{point:X4}");
            Assert.True(CaseInsensitiveNormaliser.Fold(form) == form, $"U+{point:X4} is folded twice");
        }
    }

    [Fact]
    public void LoneSurrogate_IsRefusedByEveryTextKindThatWouldHoldIt()
    {
        Assert.Throws<ColumnCryptException>(() => IndexValues.MessageOf(new IndexDefinition("p", "eq"), "a\uD800"));
        Assert.Throws<ColumnCryptException>(() => IndexValues.MessageOf(new IndexDefinition("p", "eq", "ci@1"), "é\uDC00"));
    }

    [Fact]
    public void Kind_ThatDoesNotFitTheType_IsRefused()
    {
        Assert.Throws<EncryptionModelException>(() => IndexValues.MessageOf(new IndexDefinition("p", "last4"), 12345));
        Assert.Throws<EncryptionModelException>(() => IndexValues.MessageOf(new IndexDefinition("p", "eq", "digits@1"), 12345));
        Assert.Throws<EncryptionModelException>(() => IndexValues.MessageOf(new IndexDefinition("p", "year"), "1984"));
        Assert.Throws<EncryptionModelException>(() => IndexValues.MessageOf(new IndexDefinition("p", "word"), "a"));
        Assert.Throws<EncryptionModelException>(() => IndexValues.MessageOf(new IndexDefinition("p", "eq", "mine@1"), "a"));
    }

    private static bool Holds<T>(T low, T inside, T high)
        where T : struct
    {
        var (first, count) = s_buckets.Between<T>(low, high);
        int bucket = s_buckets.BucketOf(inside)!.Value;
        return bucket >= first && bucket < first + count && first >= 0 && first + count <= s_buckets.Count;
    }

    private static bool Same<T>(T a, T b) => IndexValues.MessageOf(new IndexDefinition("p", "eq"), a).AsSpan().SequenceEqual(IndexValues.MessageOf(new IndexDefinition("p", "eq"), b));

    private static byte[] Composite(string[] parts) => IndexValues.MessageOf(
        new IndexDefinition("p", "composite", string.Join(',', parts.Select(static _ => "none@1"))), [.. parts.Select(static part => IndexPart.Of(part, ValueCodecs.For<string>()))]);

    private static bool HasLoneSurrogate(string text) => text.EnumerateRunes().Any(static rune => rune.Value == 0xFFFD);
}
