namespace ColumnCrypt.Search;

/// <summary>
/// Where a type's <c>==</c> says that values are equal although their encodings differ, the one of them that is indexed: a lookup finds what
/// the comparison finds.
/// </summary>
internal static class EqualValues
{
    /// <summary>The value that stands for all that equal it; of a nullable type, too.</summary>
    public static T OneOf<T>(T value) => value switch
    {
        decimal number => (T)(object)Numbers.Shorten(number),
        double number => (T)(object)(double.IsNaN(number) ? double.NaN : number == 0 ? 0.0 : number),
        float number => (T)(object)(float.IsNaN(number) ? float.NaN : number == 0 ? 0.0f : number),
        Half number => (T)(object)(Half.IsNaN(number) ? Half.NaN : number == Half.Zero ? Half.Zero : number),
        DateTime time => (T)(object)DateTime.SpecifyKind(time, DateTimeKind.Unspecified),
        DateTimeOffset time => (T)(object)time.ToUniversalTime(),
        _ => value,
    };
}
