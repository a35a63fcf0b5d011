using System.Security.Cryptography;

namespace ColumnCrypt.Crypto;

/// <summary>SHA-256 (FIPS 180-4) over bytes that come one after the other. Not thread-safe.</summary>
internal sealed class RunningDigest : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public void Append(ReadOnlySpan<byte> data) => _hash.AppendData(data);

    /// <summary>The digest of what came so far: 32 bytes. Starts anew.</summary>
    public byte[] Finish() => _hash.GetHashAndReset();

    public void Dispose() => _hash.Dispose();
}
