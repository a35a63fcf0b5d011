namespace ColumnCrypt.Search;

/// <summary>
/// Where a type's <c>==</c> says that values are equal although their encodings differ, the one of them that is indexed: a lookup finds what
/// the comparison finds.
/// </summary>
internal static class EqualValues
{
    /// <summary>The value that stands for all that equal it; of a nullable type, too.</summary>
    public static T OneOf<T>(T value) =>
        Held.Is(value, out decimal exact) ? Held.As<T, decimal>(Numbers.Shorten(exact))
        : Held.Is(value, out double wide) ? Held.As<T, double>(double.IsNaN(wide) ? double.NaN : wide == 0 ? 0.0 : wide)
        : Held.Is(value, out float single) ? Held.As<T, float>(float.IsNaN(single) ? float.NaN : single == 0 ? 0.0f : single)
        : Held.Is(value, out Half half) ? Held.As<T, Half>(Half.IsNaN(half) ? Half.NaN : half == Half.Zero ? Half.Zero : half)
        : Held.Is(value, out DateTime time) ? Held.As<T, DateTime>(DateTime.SpecifyKind(time, DateTimeKind.Unspecified))
        : Held.Is(value, out DateTimeOffset instant) ? Held.As<T, DateTimeOffset>(instant.ToUniversalTime())
        : value;
}
