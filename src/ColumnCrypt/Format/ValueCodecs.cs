using System.Net;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace ColumnCrypt.Format;

/// <summary>The codec of each CLR type. A type without a codec of its own is encoded as JSON. Thread-safe.</summary>
public static class ValueCodecs
{
    private static readonly Dictionary<Type, IValueCodec> s_own = new()
    {
        [typeof(bool)] = FixedCodecs.Boolean,
        [typeof(sbyte)] = FixedCodecs.Int8,
        [typeof(byte)] = FixedCodecs.UInt8,
        [typeof(short)] = FixedCodecs.Int16,
        [typeof(ushort)] = FixedCodecs.UInt16,
        [typeof(int)] = FixedCodecs.Int32,
        [typeof(uint)] = FixedCodecs.UInt32,
        [typeof(long)] = FixedCodecs.Int64,
        [typeof(ulong)] = FixedCodecs.UInt64,
        [typeof(Int128)] = FixedCodecs.Int128,
        [typeof(UInt128)] = FixedCodecs.UInt128,
        [typeof(Half)] = FixedCodecs.Half,
        [typeof(float)] = FixedCodecs.Single,
        [typeof(double)] = FixedCodecs.Double,
        [typeof(decimal)] = FixedCodecs.Decimal,
        [typeof(char)] = FixedCodecs.Char,
        [typeof(Guid)] = FixedCodecs.Guid,
        [typeof(DateTime)] = FixedCodecs.DateTime,
        [typeof(DateTimeOffset)] = FixedCodecs.DateTimeOffset,
        [typeof(DateOnly)] = FixedCodecs.Date,
        [typeof(TimeOnly)] = FixedCodecs.Time,
        [typeof(TimeSpan)] = FixedCodecs.Duration,
        [typeof(string)] = TextCodec.Instance,
        [typeof(byte[])] = BytesCodec.Instance,
        [typeof(Uri)] = new MappedCodec<Uri, string>(TextCodec.Instance, static v => v.OriginalString, static s => new Uri(s, UriKind.RelativeOrAbsolute)),
        [typeof(IPAddress)] = new MappedCodec<IPAddress, string>(TextCodec.Instance, static v => v.ToString(), ParseAddress),
        [typeof(BigInteger)] = new MappedCodec<BigInteger, byte[]>(
            BytesCodec.Instance, static v => v.ToByteArray(isBigEndian: true), static b => new BigInteger(b, isBigEndian: true), "bigint"),
    };

    /// <summary>The codec of <typeparamref name="T"/>; the same object every time.</summary>
    /// <typeparam name="T">The CLR type. A nullable value type has the codec of what it holds; null itself is never encoded.</typeparam>
    public static ValueCodec<T> For<T>() => Cache<T>.Codec;

    /// <summary>The name that the manifest writes for the codec of a type.</summary>
    /// <param name="type">The CLR type; nullable value types have the name of what they hold.</param>
    public static string NameFor(Type type)
    {
        ArgumentNullException.ThrowIfNull(type);
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type.IsEnum
            ? NameFor(type.GetEnumUnderlyingType())
            : s_own.TryGetValue(type, out IValueCodec? codec) ? codec.Name : "json";
    }

    /// <summary>True where the type has a codec of its own; false where it is encoded as JSON.</summary>
    /// <param name="type">The CLR type; nullable value types count as what they hold.</param>
    public static bool HasOwnCodec(Type type)
    {
        ArgumentNullException.ThrowIfNull(type);
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type.IsEnum || s_own.ContainsKey(type);
    }

    private static ValueCodec<T> Create<T>()
    {
        if (s_own.TryGetValue(typeof(T), out IValueCodec? codec))
        {
            return (ValueCodec<T>)codec;
        }

        if (Nullable.GetUnderlyingType(typeof(T)) is { } held)
        {
            return (ValueCodec<T>)Activator.CreateInstance(typeof(NullableCodec<>).MakeGenericType(held))!;
        }

        return typeof(T).IsEnum
            ? (ValueCodec<T>)Activator.CreateInstance(typeof(EnumCodec<,>).MakeGenericType(typeof(T), typeof(T).GetEnumUnderlyingType()))!
            : JsonCodec<T>.Instance;
    }

    private static IPAddress ParseAddress(string text) =>
        IPAddress.TryParse(text, out var address) ? address : throw new FormatException("This text is no IP address.");

    private static class Cache<T>
    {
        public static readonly ValueCodec<T> Codec = Create<T>();
    }

    /// <summary>An enum as its underlying number, named or not.</summary>
    private sealed class EnumCodec<T, TUnderlying> : ValueCodec<T>
        where T : struct
        where TUnderlying : struct
    {
        private readonly ValueCodec<TUnderlying> _inner = For<TUnderlying>();

        public override string Name => _inner.Name;

        public override byte[] Encode(T value, int head = 0, int tail = 0) => _inner.Encode(Unsafe.BitCast<T, TUnderlying>(value), head, tail);

        public override bool TryEncode(T value, Span<byte> destination, out int written) =>
            _inner.TryEncode(Unsafe.BitCast<T, TUnderlying>(value), destination, out written);

        public override T Decode(ReadOnlySpan<byte> encoded) => Unsafe.BitCast<TUnderlying, T>(_inner.Decode(encoded));
    }

    /// <summary>A nullable value as what it holds: null itself is never encoded.</summary>
    private sealed class NullableCodec<T> : ValueCodec<T?>
        where T : struct
    {
        private readonly ValueCodec<T> _inner = For<T>();

        public override string Name => _inner.Name;

        public override byte[] Encode(T? value, int head = 0, int tail = 0) => _inner.Encode(value!.Value, head, tail);

        public override bool TryEncode(T? value, Span<byte> destination, out int written) => _inner.TryEncode(value!.Value, destination, out written);

        public override T? Decode(ReadOnlySpan<byte> encoded) => _inner.Decode(encoded);
    }
}
