using System.Buffers.Binary;
using System.Text;

namespace ColumnCrypt.Kek.Kmip.Protocol;

/// <summary>One item that was received. Its value is read as what it should be, and refused where it is something else.</summary>
/// <param name="tag">The tag.</param>
/// <param name="type">The type.</param>
/// <param name="value">The value, without its padding.</param>
internal readonly ref struct TtlvItem(Tag tag, TtlvType type, ReadOnlySpan<byte> value)
{
    private static readonly UTF8Encoding s_utf8 = new(false, throwOnInvalidBytes: true);

    private readonly ReadOnlySpan<byte> _value = value;

    public Tag Tag { get; } = tag;

    /// <exception cref="TtlvException">It is no structure.</exception>
    public TtlvReader Structure => new(Of(TtlvType.Structure));

    /// <summary>The items of a structure, unread.</summary>
    /// <exception cref="TtlvException">It is no structure.</exception>
    public ReadOnlySpan<byte> Content => Of(TtlvType.Structure);

    /// <exception cref="TtlvException">It is no integer.</exception>
    public int Integer => BinaryPrimitives.ReadInt32BigEndian(Of(TtlvType.Integer, 4));

    /// <exception cref="TtlvException">It is no enumeration.</exception>
    public int Enumeration => BinaryPrimitives.ReadInt32BigEndian(Of(TtlvType.Enumeration, 4));

    /// <exception cref="TtlvException">It is no bytes.</exception>
    public ReadOnlySpan<byte> Bytes => Of(TtlvType.ByteString);

    /// <summary>A text of at most so many bytes.</summary>
    /// <exception cref="TtlvException">It is no text, a longer one, or no UTF-8.</exception>
    public string Text(int maximumSize)
    {
        var bytes = Of(TtlvType.TextString);
        if (bytes.Length > maximumSize)
        {
            throw new TtlvException($"Item {(int)Tag:X6} is longer than {maximumSize} bytes.");
        }

        try
        {
            return s_utf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw new TtlvException($"Item {(int)Tag:X6} is no UTF-8.");
        }
    }

    private ReadOnlySpan<byte> Of(TtlvType wanted, int? size = null) =>
        type == wanted && (size is null || _value.Length == size)
            ? _value
            : throw new TtlvException($"Item {(int)Tag:X6} is of type {(byte)type} with {_value.Length} bytes, where {wanted} is due.");
}
