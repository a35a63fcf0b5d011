using System.Numerics;

namespace ColumnCrypt.Search;

/// <summary>A number or a date as a fraction, without rounding: two implementations cut it into the same buckets.</summary>
internal static class ExactNumber
{
    public static bool Supports(Type type) =>
        type == typeof(DateOnly) || type == typeof(DateTime) || type == typeof(DateTimeOffset) || type == typeof(TimeOnly) || type == typeof(TimeSpan)
        || type == typeof(sbyte) || type == typeof(byte) || type == typeof(short) || type == typeof(ushort) || type == typeof(int) || type == typeof(uint)
        || type == typeof(long) || type == typeof(ulong) || type == typeof(Int128) || type == typeof(UInt128) || type == typeof(BigInteger)
        || type == typeof(Half) || type == typeof(float) || type == typeof(double) || type == typeof(decimal);

    /// <summary>Reads a value; false for NaN. An infinity has the denominator 0.</summary>
    public static bool TryRead<T>(T value, out BigInteger numerator, out BigInteger denominator)
    {
        denominator = BigInteger.One;
        switch (value)
        {
            case DateOnly date:
                numerator = date.DayNumber;
                return true;
            case DateTime time:
                (numerator, denominator) = (time.Ticks, TimeSpan.TicksPerDay);
                return true;
            case DateTimeOffset time:
                (numerator, denominator) = (time.UtcTicks, TimeSpan.TicksPerDay);
                return true;
            case TimeOnly time:
                (numerator, denominator) = (time.Ticks, TimeSpan.TicksPerSecond);
                return true;
            case TimeSpan span:
                (numerator, denominator) = (span.Ticks, TimeSpan.TicksPerSecond);
                return true;
            case decimal number:
                (numerator, denominator) = Fraction(number);
                return true;
            case double number:
                return TryRead(number, out numerator, out denominator);
            case float number:
                return TryRead((double)number, out numerator, out denominator);
            case Half number:
                return TryRead((double)number, out numerator, out denominator);
            default:
                numerator = Whole(value);
                return true;
        }
    }

    /// <summary>The fraction that a decimal is.</summary>
    public static (BigInteger Numerator, BigInteger Denominator) Fraction(decimal number)
    {
        Span<int> words = stackalloc int[4];
        decimal.GetBits(number, words);
        var mantissa = ((BigInteger)unchecked((uint)words[2]) << 64) | ((BigInteger)unchecked((uint)words[1]) << 32) | unchecked((uint)words[0]);
        return (words[3] < 0 ? -mantissa : mantissa, BigInteger.Pow(10, (words[3] >> 16) & 0xFF));
    }

    private static BigInteger Whole<T>(T value) => value switch
    {
        sbyte number => number,
        byte number => number,
        short number => number,
        ushort number => number,
        int number => number,
        uint number => number,
        long number => number,
        ulong number => number,
        Int128 number => number,
        UInt128 number => number,
        BigInteger number => number,
        _ => throw new EncryptionModelException($"A {typeof(T).Name} cannot be cut into buckets: only numbers, dates and times can."),
    };

    // IEEE 754: sign, exponent, mantissa with its hidden bit.
    private static bool TryRead(double number, out BigInteger numerator, out BigInteger denominator)
    {
        (numerator, denominator) = (BigInteger.Zero, BigInteger.One);
        if (double.IsNaN(number))
        {
            return false;
        }

        if (double.IsInfinity(number))
        {
            (numerator, denominator) = (double.IsNegative(number) ? BigInteger.MinusOne : BigInteger.One, BigInteger.Zero);
            return true;
        }

        long bits = BitConverter.DoubleToInt64Bits(number);
        int exponent = (int)((bits >> 52) & 0x7FF);
        long mantissa = (bits & 0xFFFFFFFFFFFFF) | (exponent == 0 ? 0 : 1L << 52);
        int power = Math.Max(exponent, 1) - 1075;
        numerator = (bits < 0 ? -mantissa : mantissa) * (power > 0 ? BigInteger.One << power : BigInteger.One);
        denominator = power < 0 ? BigInteger.One << -power : BigInteger.One;
        return true;
    }
}
