using ColumnCrypt.Configuration;
using ColumnCrypt.Format;
using ColumnCrypt.Keys;
using ColumnCrypt.Search;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.Tests.Search;

// SPEC-IDX-1 SPEC-IDX-2 SPEC-IDX-3 SPEC-IDX-8
public sealed class IndexValueTests : IDisposable
{
    private static readonly ValueCodec<string> s_text = ValueCodecs.For<string>();
    private readonly ColumnCryptInstance _instance = ColumnCryptInstance.Create(static cc => cc.UseInMemoryKeys());
    private readonly KeyRingLease _lease;

    public IndexValueTests() => _lease = Acquire("a");

    public void Dispose()
    {
        _lease.Dispose();
        _instance.Dispose();
    }

    [Fact]
    public void Value_OfAnotherTenant_IsAnother()
    {
        using var other = Acquire("b");
        var index = new IndexDefinition("p", "eq");
        Assert.NotEqual(Index(index, "x"), other.Index(index, "x", s_text, IndexUse.Write));
    }

    [Fact]
    public void Truncated_IsTheLeftmostPartOfTheWhole()
    {
        byte[] whole = Index(new IndexDefinition("p", "eq"), "x")!;
        for (int bits = 1; bits <= 256; bits++)
        {
            byte[] expected = whole[..((bits + 7) / 8)];
            if (bits % 8 != 0)
            {
                expected[^1] = (byte)(expected[^1] >> (8 - (bits % 8)) << (8 - (bits % 8)));
            }

            Assert.Equal(expected, Index(new IndexDefinition("p", "eq", bits: bits), "x"));
        }
    }

    [Fact]
    public void RandomValue_OfATenantWithoutTheKey_HasTheSizeAndTheZeroBits()
    {
        using var other = _instance.AcquireRing("none", 0, new IndexVersions([], [1]));
        for (int i = 0; i < 64; i++)
        {
            byte[] value = other.Index(new IndexDefinition("p", "eq", bits: 13), "x", s_text, IndexUse.Query)!;
            Assert.Equal(2, value.Length);
            Assert.Equal(0, value[1] & 7);
        }
    }

    [Fact]
    public void Null_AndWhatHasNothingToIndex_GiveNull()
    {
        Assert.Null(Index(new IndexDefinition("p", "eq"), null));
        Assert.Null(Index(new IndexDefinition("p", "last4"), "abc"));
        Assert.Null(_lease.Index(new IndexDefinition("p", "bucket:0:1:9"), double.NaN, ValueCodecs.For<double>(), IndexUse.Write));
        Assert.Null(_lease.Index(new IndexDefinition("p", "composite", "none@1,none@1"), null, IndexUse.Write));
        Assert.NotNull(Index(new IndexDefinition("p", "eq"), ""));
    }

    [Fact]
    public void Composite_IsIndexedByAllItsParts_InTheirOrder()
    {
        var index = new IndexDefinition("name+born", "composite", "ci@1,none@1");
        byte[]? value = Composite(index, "Zoë", new DateOnly(1990, 5, 1));
        Assert.Equal(value, Composite(index, "ZOË", new DateOnly(1990, 5, 1)));
        Assert.NotEqual(value, Composite(index, "Zoë", new DateOnly(1990, 5, 2)));
        Assert.Throws<EncryptionModelException>(() => _lease.Index(index, [IndexPart.Of("x", s_text)], IndexUse.Write));
        Assert.Throws<EncryptionModelException>(() => _lease.Index(new IndexDefinition("p", "eq"), [IndexPart.Of("x", s_text), IndexPart.Of("y", s_text)], IndexUse.Write));
        Assert.Throws<EncryptionModelException>(() => Index(index, "x"));
    }

    [Fact]
    public void Composite_OfManyLongParts_IsComputedWithoutLoss()
    {
        var index = new IndexDefinition("p", "composite", string.Join(',', Enumerable.Repeat("none@1", 16)));
        IndexPart[] parts = [.. Enumerable.Range(0, 16).Select(static i => IndexPart.Of(new string((char)('a' + i), 100 * i), s_text))];
        var expected = new FieldEncoding();
        for (int i = 0; i < 16; i++)
        {
            expected.Add(new string((char)('a' + i), 100 * i));
        }

        Assert.Equal(expected.ToArray(), IndexValues.MessageOf(index, parts));
    }

    [Fact]
    public void Words_GiveATokenEach_AndEachOnce()
    {
        var index = new IndexDefinition("note", "word", "ci@1");
        var tokens = _lease.IndexWords(index, "Chronic asthma; ASTHMA!", IndexUse.Write);
        Assert.Equal(2, tokens.Count);
        Assert.Equal(tokens[1], Assert.Single(_lease.IndexWords(index, " asthma ", IndexUse.Query)));
        Assert.Empty(_lease.IndexWords(index, null, IndexUse.Write));
        Assert.Empty(_lease.IndexWords(index, "…", IndexUse.Write));
        Assert.Equal(2, _lease.IndexWords(new IndexDefinition("note", "word", bits: 1), string.Join(' ', Enumerable.Range(0, 50)), IndexUse.Write).Count);
        Assert.Throws<EncryptionModelException>(() => _lease.IndexWords(new IndexDefinition("note", "eq"), "x", IndexUse.Write));
    }

    [Fact]
    public void Words_OfAnyLengthInAnyOrder_AreEachTheirOwn()
    {
        var index = new IndexDefinition("note", "word");
        string[] words = ["ab", new('x', 700), "cd", new('y', 40_000), new('z', 3_000), "ef", "a"];
        var tokens = _lease.IndexWords(index, string.Join(' ', words), IndexUse.Write);
        Assert.Equal(words.Select(word => Convert.ToHexString(_lease.IndexWords(index, word, IndexUse.Write).Single())), tokens.Select(Convert.ToHexString));
    }

    [Fact]
    public void Buffer_WhenDisposed_HoldsNothingOfWhatWasWritten()
    {
        byte[] memory = new byte[64];
        Array.Fill(memory, (byte)0xEE);
        var buffer = new PlainBuffer(memory);
        buffer.Write("a longer word".AsSpan());
        buffer.Write("x".AsSpan());
        Assert.Equal("x"u8, buffer.Written);
        buffer.Dispose();
        Assert.DoesNotContain((byte)'l', memory);
        Assert.Equal(0xEE, memory[^1]);
    }

    [Fact]
    public void Range_GivesTheTokensOfItsBuckets_AndNoMoreThanAllowed()
    {
        var index = new IndexDefinition("born", RangeBuckets.OfDays(new DateOnly(1900, 1, 1), 365, 120).Kind);
        var from = new DateOnly(1980, 1, 1);
        var to = new DateOnly(1982, 12, 31);
        var tokens = _lease.IndexRange<DateOnly>(index, from, to, maxBuckets: 5);
        Assert.Equal(4, tokens.Count);
        for (var day = from; day <= to; day = day.AddDays(1))
        {
            byte[] value = _lease.Index(index, day, ValueCodecs.For<DateOnly>(), IndexUse.Write)!;
            Assert.Contains(tokens, token => token.AsSpan().SequenceEqual(value));
        }

        Assert.Contains("120 buckets", Assert.Throws<EncryptedQueryException>(() => _lease.IndexRange<DateOnly>(index, null, null, maxBuckets: 119)).Message, StringComparison.Ordinal);
        Assert.Empty(_lease.IndexRange<DateOnly>(index, to, from, maxBuckets: 5));
        Assert.Throws<EncryptionModelException>(() => _lease.IndexRange<DateOnly>(new IndexDefinition("born", "year"), from, to, maxBuckets: 5));
    }

    [Fact]
    public void Bucket_HasTheIndexValueOfWhatIsInIt()
    {
        var index = new IndexDefinition("age", "bucket:0:10:12", bits: 20);
        Assert.Equal(_lease.Index(index, 35, ValueCodecs.For<int>(), IndexUse.Write), _lease.IndexBucket(index, 3, IndexUse.Query));
        Assert.Equal(_lease.Index(index, 999L, ValueCodecs.For<long>(), IndexUse.Write), _lease.IndexBucket(index, 11, IndexUse.Write));
        Assert.Throws<ArgumentOutOfRangeException>(() => _lease.IndexBucket(index, 12, IndexUse.Query));
        Assert.Throws<ArgumentOutOfRangeException>(() => _lease.IndexBucket(index, -1, IndexUse.Query));
        Assert.Throws<EncryptionModelException>(() => _lease.IndexBucket(new IndexDefinition("age", "eq"), 1, IndexUse.Query));
    }

    [Fact]
    public void Year_OfEveryKindOfDate_IsTheSame()
    {
        var index = new IndexDefinition("born", "year");
        byte[]? value = _lease.Index(index, new DateOnly(1984, 2, 29), ValueCodecs.For<DateOnly>(), IndexUse.Write);
        Assert.Equal(value, _lease.Index(index, new DateTime(1984, 12, 31, 23, 59, 59), ValueCodecs.For<DateTime>(), IndexUse.Write));
        Assert.Equal(value, _lease.Index(index, new DateTimeOffset(1984, 1, 1, 0, 0, 0, TimeSpan.FromHours(14)), ValueCodecs.For<DateTimeOffset>(), IndexUse.Write));
        Assert.Equal(value, _lease.Index(index, 1984, ValueCodecs.For<int>(), IndexUse.Query));
    }

    [Fact]
    public void ValueThatStandsForItsEquals_OfANullableType_IsThatOfWhatItHolds()
    {
        Assert.Equal("1.1", EqualValues.OneOf<decimal?>(1.10m)!.Value.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(DateTimeKind.Unspecified, EqualValues.OneOf<DateTime?>(DateTime.UnixEpoch)!.Value.Kind);
        Assert.False(double.IsNegative(EqualValues.OneOf<double?>(-0.0)!.Value));
        Assert.Null(EqualValues.OneOf<decimal?>(null));
    }

    [Fact]
    public void NotANumber_OfEveryBitPattern_HasOneMessage()
    {
        var index = new IndexDefinition("p", "eq");
        Assert.Equal(Convert.FromHexString("FFF8000000000000"), IndexValues.MessageOf(index, BitConverter.Int64BitsToDouble(0x7FF8000000000123)));
        Assert.Equal(Convert.FromHexString("FFC00000"), IndexValues.MessageOf(index, BitConverter.Int32BitsToSingle(0x7FC00123)));
        Assert.Equal(Convert.FromHexString("FE00"), IndexValues.MessageOf(index, BitConverter.Int16BitsToHalf(0x7E01)));
        Assert.Equal(new byte[4], IndexValues.MessageOf(index, -0.0f));
        Assert.Equal(new byte[2], IndexValues.MessageOf(index, (Half)(-0.0f)));
    }

    [Fact]
    public void Index_OfATextOf64Bytes_AllocatesItsResultAlone()
    {
        var index = new IndexDefinition("p", "eq");
        string text = new('x', 64);
        int result = _lease.Index(index, text, s_text, IndexUse.Write)!.Length;
        _lease.Index(index, 7, ValueCodecs.For<int>(), IndexUse.Write);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            _lease.Index(index, text, s_text, IndexUse.Write);
            _lease.Index(index, 7, ValueCodecs.For<int>(), IndexUse.Write);
        }

        Assert.Equal(200 * (result + 24), GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public async Task Index_OnManyThreads_IsAlwaysTheSame()
    {
        var index = new IndexDefinition("p", "eq");
        byte[] expected = Index(index, "x")!;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (int i = 0; i < 2000; i++)
            {
                Assert.Equal(expected, Index(index, "x"));
            }
        })));
    }

    private KeyRingLease Acquire(string tenant) => _instance.AcquireRing(tenant, 1, new IndexVersions([1], []));

    private byte[]? Index(IndexDefinition index, string? value) => _lease.Index(index, value, s_text, IndexUse.Write);

    private byte[]? Composite(IndexDefinition index, string name, DateOnly born) =>
        _lease.Index(index, [IndexPart.Of(name, s_text), IndexPart.Of(born, ValueCodecs.For<DateOnly>())], IndexUse.Write);
}
