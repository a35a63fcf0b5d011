namespace ColumnCrypt.Format;

/// <summary>Bytes as they are.</summary>
internal sealed class BytesCodec : ValueCodec<byte[]>
{
    public static readonly BytesCodec Instance = new();

    public override string Name => "bytes";

    public override byte[] Encode(byte[] value, int head = 0, int tail = 0)
    {
        var frame = GC.AllocateUninitializedArray<byte>(head + value.Length + tail);
        value.CopyTo(frame.AsSpan(head));
        return frame;
    }

    public override bool TryEncode(byte[] value, Span<byte> destination, out int written)
    {
        bool fits = value.AsSpan().TryCopyTo(destination);
        written = fits ? value.Length : 0;
        return fits;
    }

    public override byte[] Decode(ReadOnlySpan<byte> encoded) => encoded.ToArray();
}
