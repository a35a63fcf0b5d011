namespace ColumnCrypt.Shredding;

/// <summary>
/// Evidence that a tenant's keys were destroyed, and of exactly what follows from it. Fields after the certificate of sanitization of
/// NIST SP 800-88 rev. 1, section 4.8. Times are ISO 8601, UTC.
/// </summary>
public sealed record ErasureCertificate
{
    /// <summary>The format of this version.</summary>
    public const string CurrentFormat = "columncrypt-erasure-certificate/1";

    /// <summary>Checks a certificate's text and its signer alone: needs no key, no KEK and no database. Thread-safe.</summary>
    /// <param name="text">The text.</param>
    /// <param name="fingerprint">SHA-256 of the trusted signer's public key, 64 hex digits, learnt by another way.</param>
    public static ErasureVerdict Check(string text, string fingerprint)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(fingerprint);
        if (!CertificateText.TryRead(text, out var certificate))
        {
            return new ErasureVerdict(false, null, [], ["The text is no erasure certificate, or was changed: it differs from how its content is written."]);
        }

        if (!CertificateText.IsSigned(certificate))
        {
            return new ErasureVerdict(false, certificate, [], ["The signature does not match the content."]);
        }

        string signer = CertificateText.FingerprintOf(certificate);
        return string.Equals(signer, fingerprint, StringComparison.OrdinalIgnoreCase)
            ? new ErasureVerdict(true, certificate, [$"Signed by {signer}."], [])
            : new ErasureVerdict(false, certificate, [], [$"It is signed by {signer}, and not by the signer that is trusted."]);
    }

    /// <summary><see cref="CurrentFormat"/>.</summary>
    public required string Format { get; init; }

    /// <summary>The installation whose keys these were, 32 hex digits.</summary>
    public required string InstallationId { get; init; }

    /// <summary>The tenant.</summary>
    public required string Tenant { get; init; }

    /// <summary>The technique: Cryptographic Erase (SP 800-88 rev. 1, section 2.6).</summary>
    public required string Method { get; init; }

    /// <summary>Who issued it.</summary>
    public required string IssuedBy { get; init; }

    /// <summary>When it was issued.</summary>
    public required DateTimeOffset IssuedAt { get; init; }

    /// <summary>When the shred was scheduled, or null where it was done at once.</summary>
    public DateTimeOffset? ScheduledAt { get; init; }

    /// <summary>When the key store took the keys away.</summary>
    public required DateTimeOffset AccessRemovedAt { get; init; }

    /// <summary>After how many seconds at most every node had followed: the revocation bound in force.</summary>
    public required double RevocationBoundSeconds { get; init; }

    /// <summary>Whether backups that hold the old wraps are harmless, since when, or why not.</summary>
    public required BackupProof BackupProof { get; init; }

    /// <summary>The destroyed keys.</summary>
    public required IReadOnlyList<ErasedKey> Keys { get; init; }

    /// <summary>The columns whose values of this tenant are unreadable.</summary>
    public required IReadOnlyList<ErasedColumn> Columns { get; init; }

    /// <summary>Every KEK under which one of the keys was ever wrapped.</summary>
    public required IReadOnlyList<InvolvedKek> Keks { get; init; }

    /// <summary>Legal holds that were set and released, schedules and cancellations, in order.</summary>
    public required IReadOnlyList<ErasureEvent> History { get; init; }

    /// <summary>What is still there.</summary>
    public required IReadOnlyList<string> Remains { get; init; }

    /// <summary>SHA-256 of the text of the certificate issued before by this key store, 64 hex digits; null for the first.</summary>
    public string? PreviousCertificate { get; init; }

    /// <summary>The signer's public key: SubjectPublicKeyInfo in base64.</summary>
    public required string PublicKey { get; init; }

    /// <summary>ECDSA P-256 with SHA-256 over the text with an empty signature: r ‖ s in base64.</summary>
    public required string Signature { get; init; }
}
