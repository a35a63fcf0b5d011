using System.Security.Cryptography;

namespace ColumnCrypt.Crypto;

/// <summary>HMAC-SHA-256 (FIPS 198-1) under the row-mac subkey of the installation key. Thread-safe until disposed.</summary>
internal sealed class RowMacKey : IDisposable
{
    private readonly SecretBytes _key;

    public RowMacKey(SecretMemory memory, ReadOnlySpan<byte> installationKey)
    {
        _key = memory.Rent(Kdf.Size);
        Kdf.DeriveRowMac(installationKey, _key.GetSpan());
    }

    public byte[] Compute(ReadOnlySpan<byte> row)
    {
        byte[] mac = HMACSHA256.HashData(_key.GetSpan(), row);
        GC.KeepAlive(_key);
        return mac;
    }

    public bool Verify(ReadOnlySpan<byte> row, ReadOnlySpan<byte> mac)
    {
        Span<byte> expected = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_key.GetSpan(), row, expected);
        GC.KeepAlive(_key);
        return CryptographicOperations.FixedTimeEquals(expected, mac);
    }

    public void Dispose() => _key.Dispose();
}
