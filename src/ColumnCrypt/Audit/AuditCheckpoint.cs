using ColumnCrypt.Crypto;
using ColumnCrypt.Format;
using ColumnCrypt.Signing;

namespace ColumnCrypt.Audit;

/// <summary>
/// The end of the audit's chain at one moment. Kept outside the database, it shows later that no entry up to it was removed or
/// rewritten.
/// </summary>
/// <param name="InstallationId">The installation, 32 hex digits.</param>
/// <param name="Sequence">The number of the last entry; 0 for an empty chain.</param>
/// <param name="Hash">SHA-256 of that entry, its mac included, 64 hex digits; 64 zeros for an empty chain.</param>
/// <param name="At">When it was taken.</param>
/// <param name="PublicKey">The public key of the operator who signed it, SubjectPublicKeyInfo in base64; null where nobody did.</param>
/// <param name="Signature">ECDSA P-256 with SHA-256, r ‖ s in base64; null where nobody signed it.</param>
public sealed record AuditCheckpoint(string InstallationId, long Sequence, string Hash, DateTimeOffset At, string? PublicKey = null, string? Signature = null)
{
    /// <summary>True where the operator with this key signed it.</summary>
    /// <param name="fingerprint">SHA-256 of the trusted public key, 64 hex digits.</param>
    public bool IsSignedBy(string fingerprint)
    {
        byte[] key = new byte[PublicKey?.Length ?? 0];
        byte[] signature = new byte[Signature?.Length ?? 0];
        return Convert.TryFromBase64String(PublicKey ?? "", key, out int keySize)
            && Convert.TryFromBase64String(Signature ?? "", signature, out int signatureSize)
            && string.Equals(EcdsaP256.Fingerprint(key.AsSpan(0, keySize)), fingerprint, StringComparison.OrdinalIgnoreCase)
            && EcdsaP256.Verify(key.AsSpan(0, keySize), SignedBytes(), signature.AsSpan(0, signatureSize));
    }

    internal async Task<AuditCheckpoint> SignAsync(IOperatorSigner signer, CancellationToken cancellationToken) => this with
    {
        PublicKey = Convert.ToBase64String(signer.PublicKey.Span),
        Signature = Convert.ToBase64String(await signer.SignAsync(SignedBytes(), cancellationToken).ConfigureAwait(false)),
    };

    private byte[] SignedBytes() => new FieldEncoding().Add("columncrypt_audit_checkpoint").Add(InstallationId).Add(Sequence).Add(Hash).Add(At).ToArray();
}
