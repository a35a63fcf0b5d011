using System.Globalization;
using ColumnCrypt.Search;

namespace ColumnCrypt.EntityFrameworkCore.Model;

/// <summary>Reads buckets as they are declared, in the unit of the type that is indexed (<see cref="RangeBuckets"/>). Stateless.</summary>
internal static class BucketText
{
    private static readonly string[] s_dates = ["yyyy-MM-dd", "yyyy-MM-ddTHH:mm", "yyyy-MM-ddTHH:mm:ss", "yyyy-MM-ddTHH:mm:ss.FFFFFFF"];

    /// <summary>The kind of an index with these buckets; where there cannot be such, a text that is no kind and shows them.</summary>
    public static string KindOf(Type type, string from, string width, int buckets) =>
        TryRead(Nullable.GetUnderlyingType(type) ?? type, from, out decimal begin) && TryNumber(width, out decimal step) && CanBe(step, buckets)
            ? KindOf(begin, step, buckets)
            : string.Create(CultureInfo.InvariantCulture, $"{IndexOptions.Range}'{from}':'{width}':{buckets}");

    /// <inheritdoc cref="KindOf(Type, string, string, int)"/>
    public static string KindOf(decimal from, decimal width, int buckets) => CanBe(width, buckets)
        ? new RangeBuckets(from, width, buckets).Kind
        : string.Create(CultureInfo.InvariantCulture, $"{IndexOptions.Range}'{from}':'{width}':{buckets}");

    private static bool CanBe(decimal width, int buckets) => width > 0 && buckets is >= 2 and <= RangeBuckets.MaxCount;

    private static bool TryRead(Type type, string text, out decimal number)
    {
        if (TryNumber(text, out number))
        {
            return true;
        }

        if (type == typeof(DateOnly) || type == typeof(DateTime) || type == typeof(DateTimeOffset))
        {
            bool isDate = DateTime.TryParseExact(text, s_dates, CultureInfo.InvariantCulture, DateTimeStyles.None, out var date);
            number = (decimal)date.Ticks / TimeSpan.TicksPerDay;
            return isDate;
        }

        bool isTime = (type == typeof(TimeOnly) | type == typeof(TimeSpan)) & TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out var time);
        number = (decimal)time.Ticks / TimeSpan.TicksPerSecond;
        return isTime;
    }

    private static bool TryNumber(string text, out decimal number) =>
        decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out number);
}
