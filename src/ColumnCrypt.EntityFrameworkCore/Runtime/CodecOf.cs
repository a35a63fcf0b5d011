using ColumnCrypt.Format;

namespace ColumnCrypt.EntityFrameworkCore.Runtime;

/// <summary>The codec of a type, found once.</summary>
internal static class CodecOf<T>
{
    public static readonly ValueCodec<T> Instance = ValueCodecs.For<T>();
}
