using System.Buffers.Binary;

namespace ColumnCrypt.Format;

/// <summary>
/// The id of a key: the first 16 bytes of its commitment, so that an id names one key only. Written in hex, lower case.
/// </summary>
public readonly record struct KeyId
{
    /// <summary>The size of a key id: 16 bytes.</summary>
    public const int Size = 16;

    private readonly ulong _high;
    private readonly ulong _low;

    /// <summary>Reads a key id.</summary>
    /// <param name="bytes">Exactly 16 bytes.</param>
    /// <exception cref="ArgumentException"><paramref name="bytes"/> is not 16 bytes long.</exception>
    public KeyId(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size)
        {
            throw new ArgumentException($"A key id has {Size} bytes; this one has {bytes.Length}.", nameof(bytes));
        }

        _high = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        _low = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
    }

    /// <summary>Writes the 16 bytes.</summary>
    /// <param name="destination">At least 16 bytes.</param>
    public void CopyTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, _high);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], _low);
    }

    /// <summary>The 16 bytes, in a new array.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[Size];
        CopyTo(bytes);
        return bytes;
    }

    /// <summary>Reads a key id from 32 hex digits.</summary>
    /// <exception cref="FormatException">The text is not 32 hex digits.</exception>
    public static KeyId Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new KeyId(Convert.FromHexString(text));
    }

    /// <summary>Ids are uniformly distributed, so any of their bits make a hash.</summary>
    public override int GetHashCode() => unchecked((int)_low);

    /// <summary>32 hex digits, lower case.</summary>
    public override string ToString() => $"{_high:x16}{_low:x16}";
}
