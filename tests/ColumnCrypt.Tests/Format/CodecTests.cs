using System.Globalization;
using System.Net;
using System.Numerics;
using System.Text;
using ColumnCrypt.Format;
using ColumnCrypt.Tests.Vectors;
using FsCheck;
using FsCheck.Fluent;

namespace ColumnCrypt.Tests.Format;

// Must hold 1 and 3; PEERS 9. SPEC-CODEC-1 SPEC-CODEC-2 SPEC-CODEC-3
public sealed class CodecTests
{
    [Fact]
    public void Codecs_MeetTheKnownAnswers()
    {
        var cases = VectorFile.Own("columncrypt.json").GetProperty("codecs");
        Assert.Equal(31, cases.GetArrayLength());
        foreach (var item in cases.EnumerateArray())
        {
            string text = item.Text("value");
            byte[] encoded = item.Hex("encoded");
            switch (item.Text("codec"))
            {
                case "bool": Check(bool.Parse(text), encoded); break;
                case "i8": Check(sbyte.Parse(text, CultureInfo.InvariantCulture), encoded); break;
                case "u8": Check(byte.Parse(text, CultureInfo.InvariantCulture), encoded); break;
                case "i16": Check(short.Parse(text, CultureInfo.InvariantCulture), encoded); break;
                case "u16": Check(ushort.Parse(text, CultureInfo.InvariantCulture), encoded); break;
                case "i32": Check(int.Parse(text, CultureInfo.InvariantCulture), encoded); break;
                case "u32": Check(uint.Parse(text, CultureInfo.InvariantCulture), encoded); break;
                case "i64": Check(long.Parse(text, CultureInfo.InvariantCulture), encoded); break;
                case "u64": Check(ulong.Parse(text, CultureInfo.InvariantCulture), encoded); break;
                case "i128": Check(Int128.Parse(text, CultureInfo.InvariantCulture), encoded); break;
                case "u128": Check(UInt128.Parse(text, CultureInfo.InvariantCulture), encoded); break;
                case "f16": Check(Half.Parse(text, CultureInfo.InvariantCulture), encoded); break;
                case "f32": Check(float.Parse(text, CultureInfo.InvariantCulture), encoded); break;
                case "f64": Check(double.Parse(text, CultureInfo.InvariantCulture), encoded); break;
                case "decimal": Check(decimal.Parse(text, CultureInfo.InvariantCulture), encoded); break;
                case "char": Check(char.Parse(text), encoded); break;
                case "text": Check(text, encoded); break;
                case "bytes": Check(Convert.FromHexString(text), encoded); break;
                case "guid": Check(Guid.Parse(text), encoded); break;
                case "datetime": Check(new DateTime(Part(text, 0), Enum.Parse<DateTimeKind>(text.Split(' ')[1], ignoreCase: true)), encoded); break;
                case "datetimeoffset": Check(new DateTimeOffset(Part(text, 0), TimeSpan.FromMinutes(Part(text, 1))), encoded); break;
                case "date": Check(DateOnly.FromDayNumber((int)Part(text, 0)), encoded); break;
                case "time": Check(new TimeOnly(Part(text, 0)), encoded); break;
                case "timespan": Check(new TimeSpan(Part(text, 0)), encoded); break;
                case "bigint": Check(BigInteger.Parse(text, CultureInfo.InvariantCulture), encoded); break;
                case "json": Check(new List<int> { 1, 2, 3 }, encoded); break;
                default: Assert.Fail($"No check for the codec {item.Text("codec")}."); break;
            }
        }

        static long Part(string text, int index) => long.Parse(text.Split(' ')[index], CultureInfo.InvariantCulture);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\0")]
    [InlineData("trailing\0")]
    [InlineData(" ")]
    [InlineData("😀 four bytes")]
    [InlineData("e\u0301 is not é")]
    public void Text_RoundTripsExactly(string text) => Assert.Equal(text, ValueCodecs.For<string>().Decode(ValueCodecs.For<string>().Encode(text)));

    [Theory]
    [InlineData(0xD800)]
    [InlineData(0xDC00)]
    public void Text_WithALoneSurrogate_IsRefusedWithoutQuotingIt(int surrogate)
    {
        var error = Assert.Throws<ColumnCryptException>(() => ValueCodecs.For<string>().Encode($"a{(char)surrogate}b"));
        Assert.Null(error.InnerException);
        Assert.Contains("lone surrogate", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_ThatAreNoEncoding_AreRefused()
    {
        Refused<bool>([2]);
        Refused<bool>([]);
        Refused<int>([0, 0, 0]);
        Refused<int>([0, 0, 0, 0, 0]);
        Refused<string>([0xff]);
        Refused<string>([0xc0, 0x80]);
        Refused<string>(Encoding.Latin1.GetBytes("é"));
        Refused<decimal>([0x00, 0x1d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
        Refused<DateTime>([0xff, 0, 0, 0, 0, 0, 0, 0, 0]);
        Refused<DateTime>([0, 0, 0, 0, 0, 0, 0, 0, 3]);
        Refused<DateTimeOffset>([0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 0xff]);
        Refused<DateOnly>([0x7f, 0xff, 0xff, 0xff]);
        Refused<TimeOnly>([0x7f, 0, 0, 0, 0, 0, 0, 0]);
        Refused<List<int>>("null"u8);
        Refused<List<int>>("[1,"u8);
        Refused<IPAddress>("not an address"u8);
    }

    [Fact]
    public void RandomValues_RoundTripExactly()
    {
        Check<long>();
        Check<int>();
        Check<short>();
        Check<byte>();
        Check<double>();
        Check<decimal>();
        Check<Guid>();
        Check<char>();
        Check<DateTime>();
        Check<DateTimeOffset>();
        Check<TimeSpan>();
        Check<bool>();

        static void Check<T>() => Prop.ForAll<T>(static value => Equals(value, ValueCodecs.For<T>().Decode(ValueCodecs.For<T>().Encode(value, 3, 5).AsSpan(3..^5)))).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void SpecialValues_KeepTheirBits()
    {
        Assert.Equal(BitConverter.DoubleToInt64Bits(-0.0), BitConverter.DoubleToInt64Bits(RoundTrip(-0.0)));
        Assert.True(double.IsNaN(RoundTrip(double.NaN)));
        Assert.Equal(decimal.GetBits(1.10m), decimal.GetBits(RoundTrip(1.10m)));
        Assert.Equal(DateTimeKind.Local, RoundTrip(new DateTime(1, DateTimeKind.Local)).Kind);
        Assert.Equal(DayOfWeek.Friday, RoundTrip(DayOfWeek.Friday));
        Assert.Equal((DayOfWeek)99, RoundTrip((DayOfWeek)99));
        Assert.Equal(IPAddress.IPv6Loopback, RoundTrip(IPAddress.IPv6Loopback));
        Assert.Equal("../a?b=ü#c", RoundTrip(new Uri("../a?b=ü#c", UriKind.Relative)).OriginalString);
        Assert.Equal(BigInteger.Pow(-7, 99), RoundTrip(BigInteger.Pow(-7, 99)));
    }

    [Fact]
    public void Names_AreThoseOfTheSpecification()
    {
        Assert.Equal("i32", ValueCodecs.NameFor(typeof(int?)));
        Assert.Equal("i32", ValueCodecs.NameFor(typeof(DayOfWeek)));
        Assert.Equal("json", ValueCodecs.NameFor(typeof(List<int>)));
        Assert.False(ValueCodecs.HasOwnCodec(typeof(List<int>)));
        Assert.True(ValueCodecs.HasOwnCodec(typeof(DayOfWeek?)));
        Assert.Same(ValueCodecs.For<int>(), ValueCodecs.For<int>());
    }

    [Theory]
    [InlineData("")]
    [InlineData("cc1")]
    [InlineData("cc1:AA==")]
    [InlineData("cc1:A A")]
    [InlineData("cc1:AB")]
    [InlineData("CC1:AA")]
    [InlineData("cc1:+/")]
    public void TextForm_WhenNotCanonical_IsRefused(string text) => Assert.Throws<CiphertextInvalidException>(() => TextForm.Decode(text));

    private static T RoundTrip<T>(T value) => ValueCodecs.For<T>().Decode(ValueCodecs.For<T>().Encode(value));

    private static void Check<T>(T value, byte[] encoded)
    {
        Assert.Equal(encoded, ValueCodecs.For<T>().Encode(value));
        Assert.Equal(value, ValueCodecs.For<T>().Decode(encoded));
    }

    private static void Refused<T>(ReadOnlySpan<byte> encoded)
    {
        byte[] bytes = encoded.ToArray();
        Assert.Throws<FormatException>(() => ValueCodecs.For<T>().Decode(bytes));
    }
}
