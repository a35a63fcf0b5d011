using System.Security.Cryptography;

namespace ColumnCrypt.Crypto;

/// <summary>Digests without a key (FIPS 180-4).</summary>
internal static class Digest
{
    /// <summary>SHA-256: 32 bytes, in a new array.</summary>
    public static byte[] Sha256(ReadOnlySpan<byte> data) => SHA256.HashData(data);
}
