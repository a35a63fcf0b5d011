namespace ColumnCrypt.Signing;

/// <summary>
/// The operator's signing key: signs what leaves the database (erasure certificates, checkpoints, the shred ledger). It is never wrapped
/// by the application's KEK: whoever holds that one must not be able to sign. ECDSA, P-256, SHA-256. Implementations are thread-safe.
/// </summary>
public interface IOperatorSigner
{
    /// <summary>The public key: DER-encoded SubjectPublicKeyInfo.</summary>
    ReadOnlyMemory<byte> PublicKey { get; }

    /// <summary>Signs; returns r ‖ s, 64 bytes.</summary>
    /// <param name="data">What is signed.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    Task<byte[]> SignAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken);
}
