namespace ColumnCrypt.Format;

/// <summary>Encodes a type as another one, and by its name where none is given.</summary>
internal sealed class MappedCodec<T, TInner>(ValueCodec<TInner> inner, Func<T, TInner> to, Func<TInner, T> from, string? name = null) : ValueCodec<T>
{
    public override string Name => name ?? inner.Name;

    public override byte[] Encode(T value, int head = 0, int tail = 0) => inner.Encode(to(value), head, tail);

    public override bool TryEncode(T value, Span<byte> destination, out int written) => inner.TryEncode(to(value), destination, out written);

    public override T Decode(ReadOnlySpan<byte> encoded) => from(inner.Decode(encoded));
}
