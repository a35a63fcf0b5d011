using System.Security.Cryptography;

namespace ColumnCrypt.Crypto;

/// <summary>PBKDF2 with HMAC-SHA-256 (RFC 8018, section 5.2; NIST SP 800-132): on every host.</summary>
/// <param name="Iterations">100,000 to 10,000,000.</param>
internal sealed record Pbkdf2Kdf(int Iterations) : PasswordKdf
{
    public const string KdfName = "pbkdf2-hmac-sha256";
    public const string IterationsName = "iterations";

    public override string Name => KdfName;

    public override IReadOnlyList<PasswordKdfParameter> Parameters => [new(IterationsName, Iterations, 100_000, 10_000_000)];

    private protected override void DeriveCore(ReadOnlySpan<byte> passphrase, ReadOnlySpan<byte> salt, Span<byte> key) =>
        Rfc2898DeriveBytes.Pbkdf2(passphrase, salt, key, Iterations, HashAlgorithmName.SHA256);
}
