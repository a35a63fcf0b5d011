namespace ColumnCrypt.Format;

/// <summary>The codec of a type whose encodings all have one size.</summary>
internal sealed class FixedCodec<T>(string name, int size, FixedCodec<T>.Writer write, FixedCodec<T>.Reader read) : ValueCodec<T>
{
    public delegate void Writer(Span<byte> destination, T value);

    public delegate T Reader(ReadOnlySpan<byte> source);

    public override string Name => name;

    public override byte[] Encode(T value, int head = 0, int tail = 0)
    {
        var frame = new byte[head + size + tail];
        write(frame.AsSpan(head, size), value);
        return frame;
    }

    public override bool TryEncode(T value, Span<byte> destination, out int written)
    {
        bool fits = destination.Length >= size;
        written = fits ? size : 0;
        if (fits)
        {
            write(destination[..size], value);
        }

        return fits;
    }

    public override T Decode(ReadOnlySpan<byte> encoded) => encoded.Length == size
        ? read(encoded)
        : throw new FormatException($"The encoding '{name}' has {size} bytes; this one has {encoded.Length}.");
}
