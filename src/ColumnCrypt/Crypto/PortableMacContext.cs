using System.Security.Cryptography;

namespace ColumnCrypt.Crypto;

/// <summary>A context over one <see cref="IncrementalHash"/>. Not thread-safe, as that is not.</summary>
internal sealed class PortableMacContext(ReadOnlySpan<byte> key) : MacContext
{
    private readonly IncrementalHash _hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);

    public override void Compute(ReadOnlySpan<byte> message, Span<byte> mac)
    {
        _hmac.AppendData(message);
        _hmac.GetHashAndReset(mac);
    }

    public override void Dispose() => _hmac.Dispose();
}
