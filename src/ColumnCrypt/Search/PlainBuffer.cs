using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using ColumnCrypt.Format;

namespace ColumnCrypt.Search;

/// <summary>
/// The bytes that are about to be indexed: on the caller's stack where they fit, else rented. Whatever was written is zeroed when disposed. Not
/// thread-safe.
/// </summary>
internal ref struct PlainBuffer(Span<byte> stack)
{
    private readonly Span<byte> _stack = stack;
    private byte[]? _rented;
    private Span<byte> _written;
    private int _mostOnStack;

    public readonly ReadOnlySpan<byte> Written => _written;

    /// <summary>Writes a text as UTF-8.</summary>
    /// <exception cref="ColumnCryptException">The text holds a lone surrogate.</exception>
    public void Write(ReadOnlySpan<char> text)
    {
        var room = Room(TextCodec.MaxSizeOf(text.Length));
        Keep(room[..TextCodec.Write(text, room)]);
    }

    /// <summary>Writes a value as its codec does.</summary>
    public void Write<T>(T value, ValueCodec<T> codec)
    {
        if (_rented is null && codec.TryEncode(value, _stack, out int size))
        {
            Keep(_stack[..size]);
            return;
        }

        // A codec may have begun.
        _mostOnStack = _stack.Length;
        byte[] encoded = codec.Encode(value);
        Write(encoded.AsSpan());
        CryptographicOperations.ZeroMemory(encoded);
    }

    /// <summary>Writes bytes.</summary>
    public void Write(scoped ReadOnlySpan<byte> bytes)
    {
        var room = Room(bytes.Length)[..bytes.Length];
        bytes.CopyTo(room);
        Keep(room);
    }

    /// <summary>Writes a field behind what is there: its length (u32, big-endian) and its bytes.</summary>
    public void AppendField(scoped ReadOnlySpan<byte> field)
    {
        int before = _written.Length;
        int after = checked(before + sizeof(uint) + field.Length);
        var room = Room(after)[..after];
        BinaryPrimitives.WriteInt32BigEndian(room[before..], field.Length);
        field.CopyTo(room[(before + sizeof(uint))..]);
        Keep(room);
    }

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_stack[.._mostOnStack]);
        GiveBack();
        _written = default;
    }

    // At least as many bytes, beginning with those that are written.
    private Span<byte> Room(int size)
    {
        Span<byte> room = _rented is null ? _stack : _rented;
        if (size <= room.Length)
        {
            return room;
        }

        byte[] larger = ArrayPool<byte>.Shared.Rent(checked(size * 2));
        _written.CopyTo(larger);
        GiveBack();
        _rented = larger;
        return larger;
    }

    private void Keep(Span<byte> written)
    {
        _written = written;
        _mostOnStack = _rented is null ? Math.Max(_mostOnStack, written.Length) : _mostOnStack;
    }

    private void GiveBack()
    {
        if (_rented is not null)
        {
            CryptographicOperations.ZeroMemory(_rented);
            ArrayPool<byte>.Shared.Return(_rented);
            _rented = null;
        }
    }
}
