using System.Buffers.Binary;

namespace ColumnCrypt.Format;

/// <summary>The codecs of fixed size (docs/SPEC.md, section 6): big-endian throughout.</summary>
internal static class FixedCodecs
{
    public static readonly FixedCodec<bool> Boolean = new("bool", 1, static (d, v) => d[0] = v ? (byte)1 : (byte)0, ReadBoolean);
    public static readonly FixedCodec<sbyte> Int8 = new("i8", 1, static (d, v) => d[0] = unchecked((byte)v), static s => unchecked((sbyte)s[0]));
    public static readonly FixedCodec<byte> UInt8 = new("u8", 1, static (d, v) => d[0] = v, static s => s[0]);
    public static readonly FixedCodec<short> Int16 = new("i16", 2, BinaryPrimitives.WriteInt16BigEndian, BinaryPrimitives.ReadInt16BigEndian);
    public static readonly FixedCodec<ushort> UInt16 = new("u16", 2, BinaryPrimitives.WriteUInt16BigEndian, BinaryPrimitives.ReadUInt16BigEndian);
    public static readonly FixedCodec<int> Int32 = new("i32", 4, BinaryPrimitives.WriteInt32BigEndian, BinaryPrimitives.ReadInt32BigEndian);
    public static readonly FixedCodec<uint> UInt32 = new("u32", 4, BinaryPrimitives.WriteUInt32BigEndian, BinaryPrimitives.ReadUInt32BigEndian);
    public static readonly FixedCodec<long> Int64 = new("i64", 8, BinaryPrimitives.WriteInt64BigEndian, BinaryPrimitives.ReadInt64BigEndian);
    public static readonly FixedCodec<ulong> UInt64 = new("u64", 8, BinaryPrimitives.WriteUInt64BigEndian, BinaryPrimitives.ReadUInt64BigEndian);
    public static readonly FixedCodec<Int128> Int128 = new("i128", 16, BinaryPrimitives.WriteInt128BigEndian, BinaryPrimitives.ReadInt128BigEndian);
    public static readonly FixedCodec<UInt128> UInt128 = new("u128", 16, BinaryPrimitives.WriteUInt128BigEndian, BinaryPrimitives.ReadUInt128BigEndian);
    public static readonly FixedCodec<Half> Half = new("f16", 2, BinaryPrimitives.WriteHalfBigEndian, BinaryPrimitives.ReadHalfBigEndian);
    public static readonly FixedCodec<float> Single = new("f32", 4, BinaryPrimitives.WriteSingleBigEndian, BinaryPrimitives.ReadSingleBigEndian);
    public static readonly FixedCodec<double> Double = new("f64", 8, BinaryPrimitives.WriteDoubleBigEndian, BinaryPrimitives.ReadDoubleBigEndian);
    public static readonly FixedCodec<char> Char = new("char", 2, static (d, v) => BinaryPrimitives.WriteUInt16BigEndian(d, v), static s => (char)BinaryPrimitives.ReadUInt16BigEndian(s));
    public static readonly FixedCodec<Guid> Guid = new("guid", 16, static (d, v) => v.TryWriteBytes(d, bigEndian: true, out _), static s => new Guid(s, bigEndian: true));
    public static readonly FixedCodec<decimal> Decimal = new("decimal", 16, WriteDecimal, ReadDecimal);
    public static readonly FixedCodec<DateTime> DateTime = new("datetime", 9, WriteDateTime, ReadDateTime);
    public static readonly FixedCodec<DateTimeOffset> DateTimeOffset = new("datetimeoffset", 10, WriteDateTimeOffset, ReadDateTimeOffset);
    public static readonly FixedCodec<DateOnly> Date = new("date", 4, static (d, v) => BinaryPrimitives.WriteInt32BigEndian(d, v.DayNumber), ReadDate);
    public static readonly FixedCodec<TimeOnly> Time = new("time", 8, static (d, v) => BinaryPrimitives.WriteInt64BigEndian(d, v.Ticks), ReadTime);
    public static readonly FixedCodec<TimeSpan> Duration = new("timespan", 8, static (d, v) => BinaryPrimitives.WriteInt64BigEndian(d, v.Ticks), static s => new TimeSpan(BinaryPrimitives.ReadInt64BigEndian(s)));

    private static bool ReadBoolean(ReadOnlySpan<byte> source) => source[0] switch
    {
        0 => false,
        1 => true,
        _ => throw NotAnEncoding("bool"),
    };

    // The four words of the CLR's decimal, most significant first: flags (sign and scale), high, middle, low. Keeps the scale.
    private static void WriteDecimal(Span<byte> destination, decimal value)
    {
        Span<int> words = stackalloc int[4];
        decimal.GetBits(value, words);
        for (int i = 0; i < 4; i++)
        {
            BinaryPrimitives.WriteInt32BigEndian(destination[(4 * i)..], words[3 - i]);
        }
    }

    private static decimal ReadDecimal(ReadOnlySpan<byte> source)
    {
        Span<int> words = stackalloc int[4];
        for (int i = 0; i < 4; i++)
        {
            words[3 - i] = BinaryPrimitives.ReadInt32BigEndian(source[(4 * i)..]);
        }

        try
        {
            return new decimal(words);
        }
        catch (ArgumentException)
        {
            throw NotAnEncoding("decimal");
        }
    }

    private static void WriteDateTime(Span<byte> destination, DateTime value)
    {
        BinaryPrimitives.WriteInt64BigEndian(destination, value.Ticks);
        destination[8] = (byte)value.Kind;
    }

    private static DateTime ReadDateTime(ReadOnlySpan<byte> source)
    {
        long ticks = BinaryPrimitives.ReadInt64BigEndian(source);
        return IsTicks(ticks) && source[8] <= (byte)DateTimeKind.Local
            ? new DateTime(ticks, (DateTimeKind)source[8])
            : throw NotAnEncoding("datetime");
    }

    private static void WriteDateTimeOffset(Span<byte> destination, DateTimeOffset value)
    {
        BinaryPrimitives.WriteInt64BigEndian(destination, value.Ticks);
        BinaryPrimitives.WriteInt16BigEndian(destination[8..], (short)value.TotalOffsetMinutes);
    }

    private static DateTimeOffset ReadDateTimeOffset(ReadOnlySpan<byte> source)
    {
        try
        {
            return new DateTimeOffset(BinaryPrimitives.ReadInt64BigEndian(source), TimeSpan.FromMinutes(BinaryPrimitives.ReadInt16BigEndian(source[8..])));
        }
        catch (ArgumentException)
        {
            throw NotAnEncoding("datetimeoffset");
        }
    }

    private static DateOnly ReadDate(ReadOnlySpan<byte> source)
    {
        int day = BinaryPrimitives.ReadInt32BigEndian(source);
        return day >= 0 && day <= DateOnly.MaxValue.DayNumber ? DateOnly.FromDayNumber(day) : throw NotAnEncoding("date");
    }

    private static TimeOnly ReadTime(ReadOnlySpan<byte> source)
    {
        long ticks = BinaryPrimitives.ReadInt64BigEndian(source);
        return ticks >= 0 && ticks <= TimeOnly.MaxValue.Ticks ? new TimeOnly(ticks) : throw NotAnEncoding("time");
    }

    private static bool IsTicks(long ticks) => ticks >= System.DateTime.MinValue.Ticks && ticks <= System.DateTime.MaxValue.Ticks;

    private static FormatException NotAnEncoding(string name) => new($"These bytes are not an encoding of the kind '{name}'.");
}
