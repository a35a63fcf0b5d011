namespace ColumnCrypt.Format;

/// <summary>
/// The frame of an encrypted value (docs/SPEC.md, section 4): mark and suite, key id, nonce, ciphertext, tag.
/// </summary>
public static class ValueFrame
{
    /// <summary>The first byte of every value of suite 1: format mark 0xC, suite 1.</summary>
    public const byte Suite1 = 0xC1;

    /// <summary>Where the nonce starts: byte 17.</summary>
    public const int NonceOffset = 1 + KeyId.Size;

    /// <summary>The size of the nonce: 12 bytes.</summary>
    public const int NonceSize = 12;

    /// <summary>What stands before the ciphertext: 29 bytes.</summary>
    public const int HeaderSize = NonceOffset + NonceSize;

    /// <summary>The size of the tag: 16 bytes.</summary>
    public const int TagSize = 16;

    /// <summary>What encryption adds to a value: 45 bytes.</summary>
    public const int Overhead = HeaderSize + TagSize;

    /// <summary>The longest encoded plaintext: 64 MiB.</summary>
    public const int MaxPlaintextSize = 64 * 1024 * 1024;

    /// <summary>Checks all that can be checked without a key, and returns the key id.</summary>
    /// <param name="value">The stored value.</param>
    /// <param name="purpose">The purpose, for the message.</param>
    /// <exception cref="CiphertextInvalidException">This is not a value of a suite that this version knows.</exception>
    public static KeyId ReadKeyId(ReadOnlySpan<byte> value, string purpose)
    {
        if (value.Length < Overhead)
        {
            throw new CiphertextInvalidException($"The value of {purpose} has {value.Length} bytes; the shortest ciphertext has {Overhead}. It was cut, or it is not ColumnCrypt's.");
        }

        if (value[0] != Suite1)
        {
            throw new CiphertextInvalidException((value[0] & 0xF0) == 0xC0
                ? $"The value of {purpose} is of suite {value[0] & 0x0F}, which this version does not know. A newer version may have written it."
                : $"The value of {purpose} is not a ColumnCrypt ciphertext: its first byte is not the format mark.");
        }

        if (value.Length - Overhead > MaxPlaintextSize)
        {
            throw new CiphertextInvalidException($"The value of {purpose} is longer than the longest ciphertext.");
        }

        return new KeyId(value.Slice(1, KeyId.Size));
    }
}
