using ColumnCrypt.Format;

namespace ColumnCrypt.Crypto.Kem;

/// <summary>The public halves of a hybrid key pair.</summary>
/// <param name="Encapsulation">That of ML-KEM-768.</param>
/// <param name="Point">That of P-256, uncompressed.</param>
internal sealed record HybridPublicKey(byte[] Encapsulation, byte[] Point)
{
    private const int VersionDigits = 16;

    /// <summary>The first 16 hex digits of SHA-256 over both, each with its length in front.</summary>
    public string Version { get; } = Convert.ToHexStringLower(Digest.Sha256(new FieldEncoding().Add(Encapsulation).Add(Point).Encoded))[..VersionDigits];
}
