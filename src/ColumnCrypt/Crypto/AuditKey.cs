using System.Security.Cryptography;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Crypto;

/// <summary>HMAC-SHA-256 (FIPS 198-1) under the audit subkey of the installation key, and the hash that chains entries. Thread-safe until disposed.</summary>
internal sealed class AuditKey : IDisposable
{
    private readonly SecretBytes _key;

    public AuditKey(SecretMemory memory, ReadOnlySpan<byte> installationKey)
    {
        _key = memory.Rent(Kdf.Size);
        Kdf.DeriveAudit(installationKey, _key.GetSpan());
    }

    /// <summary>The hash that the next entry of the chain carries: SHA-256 over what the mac covers, followed by the mac.</summary>
    public static byte[] Hash(AuditRecord entry) => Digest.Sha256([.. RowEncoding.Encode(entry), .. entry.Mac]);

    public AuditRecord Sign(AuditRecord entry)
    {
        byte[] mac = HMACSHA256.HashData(_key.GetSpan(), RowEncoding.Encode(entry));
        GC.KeepAlive(_key);
        return entry with { Mac = mac };
    }

    public bool IsValid(AuditRecord entry)
    {
        Span<byte> expected = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_key.GetSpan(), RowEncoding.Encode(entry), expected);
        GC.KeepAlive(_key);
        return CryptographicOperations.FixedTimeEquals(expected, entry.Mac);
    }

    public void Dispose() => _key.Dispose();
}
