using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using ColumnCrypt.Format;

namespace ColumnCrypt.Search;

/// <summary>
/// The bytes that are about to be indexed: on the caller's stack where they fit, else rented. Zeroed when disposed. Not thread-safe.
/// </summary>
internal ref struct PlainBuffer(Span<byte> stack)
{
    private readonly Span<byte> _stack = stack;
    private byte[]? _rented;
    private Span<byte> _written;

    public readonly ReadOnlySpan<byte> Written => _written;

    /// <summary>Writes a text as UTF-8.</summary>
    /// <exception cref="ColumnCryptException">The text holds a lone surrogate.</exception>
    public void Write(ReadOnlySpan<char> text)
    {
        var room = Room(TextCodec.MaxSizeOf(text.Length));
        _written = room[..TextCodec.Write(text, room)];
    }

    /// <summary>Writes a value as its codec does.</summary>
    public void Write<T>(T value, ValueCodec<T> codec)
    {
        if (codec.TryEncode(value, _stack, out int size))
        {
            _written = _stack[..size];
            return;
        }

        byte[] encoded = codec.Encode(value);
        Write(encoded.AsSpan());
        CryptographicOperations.ZeroMemory(encoded);
    }

    /// <summary>Writes bytes.</summary>
    public void Write(scoped ReadOnlySpan<byte> bytes)
    {
        _written = Room(bytes.Length);
        bytes.CopyTo(_written);
    }

    /// <summary>Writes a field behind what is there: its length (u32, big-endian) and its bytes.</summary>
    public void AppendField(scoped ReadOnlySpan<byte> field)
    {
        int before = _written.Length;
        int after = checked(before + sizeof(uint) + field.Length);
        var room = after <= _stack.Length ? _stack : Grown(after);
        _written = room[..after];
        BinaryPrimitives.WriteInt32BigEndian(_written[before..], field.Length);
        field.CopyTo(_written[(before + sizeof(uint))..]);
    }

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_written);
        if (_rented is not null)
        {
            ArrayPool<byte>.Shared.Return(_rented);
            _rented = null;
        }
    }

    private Span<byte> Grown(int size)
    {
        if (_rented is not null && _rented.Length >= size)
        {
            return _rented;
        }

        byte[] larger = ArrayPool<byte>.Shared.Rent(size * 2);
        _written.CopyTo(larger);
        Dispose();
        return _rented = larger;
    }

    private Span<byte> Room(int size)
    {
        if (size <= _stack.Length)
        {
            return _stack[..size];
        }

        _rented ??= ArrayPool<byte>.Shared.Rent(size);
        return _rented.AsSpan(0, size);
    }
}
