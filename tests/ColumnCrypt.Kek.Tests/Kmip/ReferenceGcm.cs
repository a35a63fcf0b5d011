using System.Buffers.Binary;
using System.Security.Cryptography;

namespace ColumnCrypt.Kek.Tests.Kmip;

/// <summary>AES-GCM as NIST SP 800-38D writes it, for IVs of any size, which the platform does not take. Slow; for known answers alone.</summary>
internal static class ReferenceGcm
{
    /// <summary>The plaintext, or null where the tag is another.</summary>
    public static byte[]? Open(byte[] key, byte[] iv, byte[] ciphertext, byte[] tag, byte[] additionalData)
    {
        using var aes = Aes.Create();
        aes.Key = key;
        var subkey = Block(aes.EncryptEcb(new byte[16], PaddingMode.None));
        byte[] counter = iv.Length == 12 ? [.. iv, 0, 0, 0, 1] : Bytes(Hash(subkey, [], iv));
        var expected = Hash(subkey, additionalData, ciphertext) ^ Block(aes.EncryptEcb(counter, PaddingMode.None));
        if (!Bytes(expected).AsSpan().SequenceEqual(tag))
        {
            return null;
        }

        byte[] plaintext = [.. ciphertext];
        for (int i = 0; i < plaintext.Length; i++)
        {
            if (i % 16 == 0)
            {
                BinaryPrimitives.WriteUInt32BigEndian(counter.AsSpan(12), unchecked(BinaryPrimitives.ReadUInt32BigEndian(counter.AsSpan(12)) + 1));
            }

            plaintext[i] ^= aes.EncryptEcb(counter, PaddingMode.None)[i % 16];
        }

        return plaintext;
    }

    // Sections 6.4 and 7.1: for an IV the additional data is empty, and the last block has the same form.
    private static UInt128 Hash(UInt128 subkey, byte[] additionalData, byte[] data)
    {
        UInt128 hash = 0;
        foreach (byte[] part in new[] { additionalData, data })
        {
            foreach (byte[] chunk in part.Chunk(16))
            {
                hash = Multiply(hash ^ Block(chunk), subkey);
            }
        }

        return Multiply(hash ^ new UInt128((ulong)additionalData.Length * 8, (ulong)data.Length * 8), subkey);
    }

    // Section 6.3.
    private static UInt128 Multiply(UInt128 x, UInt128 y)
    {
        UInt128 product = 0;
        for (int i = 127; i >= 0; i--)
        {
            product ^= ((x >> i) & 1) == 1 ? y : 0;
            y = (y & 1) == 0 ? y >> 1 : (y >> 1) ^ (new UInt128(0xE1, 0) << 56);
        }

        return product;
    }

    private static UInt128 Block(byte[] chunk)
    {
        byte[] block = new byte[16];
        chunk.CopyTo(block, 0);
        return BinaryPrimitives.ReadUInt128BigEndian(block);
    }

    private static byte[] Bytes(UInt128 block)
    {
        byte[] bytes = new byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, block);
        return bytes;
    }
}
