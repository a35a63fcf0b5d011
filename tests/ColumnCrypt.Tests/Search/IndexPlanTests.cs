using ColumnCrypt.Search;

namespace ColumnCrypt.Tests.Search;

// SPEC-IDX-9
public sealed class IndexPlanTests
{
    // CipherSweet's own example has 50,000 rows: 8 to 15 bits, and 4 bits fewer beside an index of 4. It rounds the upper bound up; here C is never below 2.
    [Theory]
    [InlineData(0, 8, 14)]
    [InlineData(4, 4, 10)]
    public void Coincidence_OfThePublishedExample_IsMet(int otherBits, int fewest, int most)
    {
        var plan = IndexPlan.Make(50_000, 50_000, otherBits: otherBits);
        Assert.Equal((fewest, most), (plan.FewestBits, plan.MostBitsByCoincidence));
        Assert.True(50_000 / Math.Pow(2, plan.FewestBits + otherBits) <= Math.Sqrt(50_000));
        Assert.True(50_000 / Math.Pow(2, plan.MostBitsByCoincidence + otherBits) >= 2);
        Assert.True(50_000 / Math.Pow(2, plan.MostBitsByCoincidence + otherBits + 1) < 2);
    }

    [Theory]
    [InlineData(1_000_000, 256, null, 7)]
    [InlineData(1_000_000, 400_000, 62_500L, 4)]
    [InlineData(1_000_000, 400_000, 62_501L, 3)]
    [InlineData(1_000_000, 3, null, null)]
    [InlineData(1_000_000, 500_000, 500_001L, null)]
    [InlineData(1, 1, null, null)]
    public void Bits_AreTheMostThatEveryRuleAllows(long rows, long distinct, long? mostFrequent, int? bits)
    {
        var plan = IndexPlan.Make(rows, distinct, mostFrequent);
        Assert.Equal(bits, plan.Bits);
        Assert.Equal(bits is null, plan.RowsPerLookup is null && plan.Prominence is null);
        Assert.True(plan.Prominence is null or <= 2.0);
    }

    [Theory]
    [InlineData(3, null)]
    [InlineData(4, 2)]
    [InlineData(900, 224)]
    [InlineData(100, 50)]
    public void Buckets_HoldTwoValuesEach(long distinct, int? buckets) => Assert.Equal(buckets, IndexPlan.Make(50_000, distinct).Buckets);

    [Fact]
    public void Buckets_OfManyRows_AreNoMoreThanThereCanBe() => Assert.Equal(RangeBuckets.MaxCount, IndexPlan.Make(1_000_000_000, 1_000_000_000).Buckets);

    [Theory]
    [InlineData(0, 1, null)]
    [InlineData(10, 11, null)]
    [InlineData(10, 0, null)]
    [InlineData(10, 5, 1L)]
    [InlineData(10, 5, 7L)]
    public void Counts_ThatContradictEachOther_AreRefused(long rows, long distinct, long? mostFrequent) =>
        Assert.Throws<EncryptionModelException>(() => IndexPlan.Make(rows, distinct, mostFrequent));
}
