using System.Globalization;
using System.Numerics;
using ColumnCrypt.Format;

namespace ColumnCrypt.Adopting;

/// <summary>
/// The forms in which EF Core's providers for SQLite and PostgreSQL store the types that have a codec of a fixed meaning. Times are compared to the
/// microsecond, which is what PostgreSQL keeps of them. Stateless, thread-safe.
/// </summary>
internal static class PlainForms
{
    private const string Offset = "+00";

    private static readonly Dictionary<string, PlainForm> s_all = new PlainForm[]
    {
        Make<string>(static v => (string)v, static v => v),
        Make<byte[]>(static v => (byte[])v, static v => v, static (a, b) => a.AsSpan().SequenceEqual(b)),
        Make<bool>(static v => v is long number ? number is 0 or 1 ? number == 1 : throw new FormatException() : (bool)v, static v => v ? "true" : "false"),
        Number<sbyte>(), Number<byte>(), Number<short>(), Number<ushort>(), Number<int>(), Number<uint>(), Number<long>(),
        Make<ulong>(static v => v is long number ? unchecked((ulong)number) : Whole<ulong>(v), Text),
        Make<float>(static v => v is double real ? (float)real : (float)v, static v => v.ToString("R", CultureInfo.InvariantCulture)),
        Make<double>(static v => v is long number ? number : (double)v, static v => v.ToString("R", CultureInfo.InvariantCulture)),
        Make<decimal>(static v => v is string text ? decimal.Parse(text, NumberStyles.Number, CultureInfo.InvariantCulture) : v is long number ? number : (decimal)v, Text),
        Make<char>(static v => v is string { Length: 1 } text ? text[0] : (char)v, static v => v.ToString()),
        Make<Guid>(static v => v is string text ? Guid.Parse(text) : (Guid)v, static v => v.ToString("D")),
        Make<DateTime>(
            static v => v is string text ? DateTime.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind) : (DateTime)v,
            static v => v.ToString("yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture) + (v.Kind == DateTimeKind.Utc ? Offset : ""),
            static (a, b) => Micros(a.Ticks) == Micros(b.Ticks)),
        Make<DateTimeOffset>(
            static v => v is string text ? DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal)
                : v is DateTime { Kind: DateTimeKind.Utc } utc ? new DateTimeOffset(utc) : (DateTimeOffset)v,
            static v => v.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture) + Offset,
            static (a, b) => Micros(a.UtcTicks) == Micros(b.UtcTicks)),
        Make<DateOnly>(
            static v => v is string text ? DateOnly.Parse(text, CultureInfo.InvariantCulture) : v is DateTime { TimeOfDay.Ticks: 0 } day ? DateOnly.FromDateTime(day) : (DateOnly)v,
            static v => v.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)),
        Make<TimeOnly>(
            static v => v is string text ? TimeOnly.Parse(text, CultureInfo.InvariantCulture) : v is TimeSpan time ? TimeOnly.FromTimeSpan(time) : (TimeOnly)v,
            static v => v.ToString("HH:mm:ss.ffffff", CultureInfo.InvariantCulture),
            static (a, b) => Micros(a.Ticks) == Micros(b.Ticks)),
        Make<TimeSpan>(
            static v => v is string text ? TimeSpan.Parse(text, CultureInfo.InvariantCulture) : (TimeSpan)v,
            static v => $"{Micros(v.Ticks).ToString(CultureInfo.InvariantCulture)} microseconds",
            static (a, b) => Micros(a.Ticks) == Micros(b.Ticks)),
    }.ToDictionary(static form => form.Codec, StringComparer.Ordinal);

    /// <summary>The form of a codec; null where only the application knows it.</summary>
    public static PlainForm? Find(string codec) => s_all.GetValueOrDefault(codec);

    // The client of SQLite takes the CLR's value as it is, and writes it as EF Core's provider does.
    private static PlainForm Make<T>(Func<object, T> read, Func<T, object> text, Func<T, T, bool>? same = null) => new PlainForm<T>(
        ValueCodecs.For<T>(), read, (value, asText) => asText ? text(value) : value!, same ?? EqualityComparer<T>.Default.Equals);

    private static PlainForm Number<T>()
        where T : struct, INumberBase<T> => Make<T>(Whole<T>, Text);

    private static T Whole<T>(object value)
        where T : struct, INumberBase<T> => value switch
    {
        long number => T.CreateChecked(number),
        int number => T.CreateChecked(number),
        short number => T.CreateChecked(number),
        decimal number when decimal.IsInteger(number) => T.CreateChecked(number),
        uint number => T.CreateChecked(number),
        _ => throw new FormatException(),
    };

    private static string Text<T>(T value)
        where T : IFormattable => value.ToString(null, CultureInfo.InvariantCulture);

    private static long Micros(long ticks) => ticks / TimeSpan.TicksPerMicrosecond;
}
