namespace ColumnCrypt.Search;

/// <summary>
/// Where a type's <c>==</c> says that values are equal although their encodings differ, the one of them that is indexed: a lookup finds what
/// the comparison finds.
/// </summary>
internal static class EqualValues
{
    /// <summary>The value that stands for all that equal it.</summary>
    public static T OneOf<T>(T value)
    {
        if (typeof(T) == typeof(decimal))
        {
            return (T)(object)Numbers.Shorten((decimal)(object)value!);
        }

        if (typeof(T) == typeof(double))
        {
            double number = (double)(object)value!;
            return (T)(object)(double.IsNaN(number) ? double.NaN : number == 0 ? 0.0 : number);
        }

        if (typeof(T) == typeof(float))
        {
            float number = (float)(object)value!;
            return (T)(object)(float.IsNaN(number) ? float.NaN : number == 0 ? 0.0f : number);
        }

        if (typeof(T) == typeof(Half))
        {
            var number = (Half)(object)value!;
            return (T)(object)(Half.IsNaN(number) ? Half.NaN : number == Half.Zero ? Half.Zero : number);
        }

        if (typeof(T) == typeof(DateTime))
        {
            return (T)(object)DateTime.SpecifyKind((DateTime)(object)value!, DateTimeKind.Unspecified);
        }

        return typeof(T) == typeof(DateTimeOffset) ? (T)(object)((DateTimeOffset)(object)value!).ToUniversalTime() : value;
    }
}
