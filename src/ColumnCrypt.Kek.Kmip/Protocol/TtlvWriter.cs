using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace ColumnCrypt.Kek.Kmip.Protocol;

/// <summary>Writes items, each of them a tag, a type, a length and a value padded to 8 bytes (KMIP 1.4, section 9.1). What it holds is zeroed once disposed.</summary>
internal sealed class TtlvWriter : IDisposable
{
    private const int HeaderSize = 8;

    private byte[] _buffer = GC.AllocateUninitializedArray<byte>(1024, pinned: true);
    private int _size;

    /// <summary>All that was written.</summary>
    public ReadOnlyMemory<byte> Written => _buffer.AsMemory(0, _size);

    public void Structure(Tag tag, Action<TtlvWriter> content)
    {
        int start = _size;
        Append(HeaderSize);
        content(this);
        Header(_buffer.AsSpan(start), tag, TtlvType.Structure, _size - start - HeaderSize);
    }

    public void Integer(Tag tag, int value) => Number(tag, TtlvType.Integer, value);

    public void Enumeration<T>(Tag tag, T value)
        where T : struct, Enum => Number(tag, TtlvType.Enumeration, (int)(object)value);

    public void Enumeration(Tag tag, int value) => Number(tag, TtlvType.Enumeration, value);

    public void Boolean(Tag tag, bool value)
    {
        var item = Append(HeaderSize + 8);
        Header(item, tag, TtlvType.Boolean, 8);
        item[HeaderSize..].Clear();
        item[^1] = value ? (byte)1 : (byte)0;
    }

    public void Text(Tag tag, string value) => Bytes(tag, TtlvType.TextString, Encoding.UTF8.GetBytes(value));

    public void Bytes(Tag tag, ReadOnlySpan<byte> value) => Bytes(tag, TtlvType.ByteString, value);

    public void Dispose() => CryptographicOperations.ZeroMemory(_buffer);

    private void Number(Tag tag, TtlvType type, int value)
    {
        var item = Append(HeaderSize + 8);
        Header(item, tag, type, 4);
        BinaryPrimitives.WriteInt32BigEndian(item[HeaderSize..], value);
        item[(HeaderSize + 4)..].Clear();
    }

    private void Bytes(Tag tag, TtlvType type, ReadOnlySpan<byte> value)
    {
        var item = Append(HeaderSize + ((value.Length + 7) & ~7));
        Header(item, tag, type, value.Length);
        value.CopyTo(item[HeaderSize..]);
        item[(HeaderSize + value.Length)..].Clear();
    }

    private static void Header(Span<byte> item, Tag tag, TtlvType type, int length)
    {
        BinaryPrimitives.WriteInt32BigEndian(item, ((int)tag << 8) | (byte)type);
        BinaryPrimitives.WriteInt32BigEndian(item[4..], length);
    }

    private Span<byte> Append(int size)
    {
        if (_buffer.Length - _size < size)
        {
            byte[] larger = GC.AllocateUninitializedArray<byte>(Math.Max(_buffer.Length * 2, _size + size), pinned: true);
            _buffer.AsSpan(0, _size).CopyTo(larger);
            CryptographicOperations.ZeroMemory(_buffer);
            _buffer = larger;
        }

        _size += size;
        return _buffer.AsSpan(_size - size, size);
    }
}
