using System.Buffers.Binary;

namespace ColumnCrypt.Kek.Kmip.Protocol;

/// <summary>
/// Reads items one after the other (KMIP 1.4, section 9.1). Each moves it on by 8 bytes or more, none reaches beyond the bytes that are there, and
/// nothing is allocated.
/// </summary>
/// <param name="bytes">The items.</param>
internal ref struct TtlvReader(ReadOnlySpan<byte> bytes)
{
    private const int HeaderSize = 8;

    private ReadOnlySpan<byte> _rest = bytes;

    public readonly bool IsAtEnd => _rest.IsEmpty;

    /// <exception cref="TtlvException">What follows is no item.</exception>
    public TtlvItem Next()
    {
        if (_rest.Length < HeaderSize)
        {
            throw new TtlvException($"{_rest.Length} bytes are left, where an item is due.");
        }

        int tag = BinaryPrimitives.ReadInt32BigEndian(_rest) >>> 8;
        uint length = BinaryPrimitives.ReadUInt32BigEndian(_rest[4..]);
        if (length > (uint)(_rest.Length - HeaderSize))
        {
            throw new TtlvException($"Item {tag:X6} says that it has {length} bytes; {_rest.Length - HeaderSize} are left.");
        }

        var item = new TtlvItem((Tag)tag, (TtlvType)_rest[3], _rest.Slice(HeaderSize, (int)length));
        int padded = ((int)length + 7) & ~7;
        _rest = padded <= _rest.Length - HeaderSize ? _rest[(HeaderSize + padded)..] : throw new TtlvException($"Item {tag:X6} is not padded to 8 bytes.");
        return item;
    }

    /// <summary>The next item, which must be this one.</summary>
    /// <exception cref="TtlvException">It is another, or none.</exception>
    public TtlvItem Next(Tag tag)
    {
        var item = Next();
        return item.Tag == tag ? item : throw new TtlvException($"Item {(int)item.Tag:X6} stands where {tag} is due.");
    }

    /// <summary>Passes over items up to this one.</summary>
    /// <returns>False where there is none.</returns>
    /// <exception cref="TtlvException">What follows is no item.</exception>
    public bool TryFind(Tag tag, out TtlvItem found)
    {
        while (!IsAtEnd)
        {
            found = Next();
            if (found.Tag == tag)
            {
                return true;
            }
        }

        found = default;
        return false;
    }

    /// <summary>Passes over items up to this one, which must be there.</summary>
    /// <exception cref="TtlvException">It is not there.</exception>
    public TtlvItem Find(Tag tag) => TryFind(tag, out var found) ? found : throw new TtlvException($"There is no {tag}.");
}
