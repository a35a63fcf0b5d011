using System.Security.Cryptography.X509Certificates;

namespace ColumnCrypt.Kek.Kmip;

/// <summary>How a key server is reached, over TLS 1.2 or later. It knows its callers by their client certificate, so one is required.</summary>
public sealed class KmipOptions
{
    private X509Certificate2? _clientCertificate;
    private string? _clientCertificateFile;

    /// <summary>The client certificate with its private key; stays the caller's to dispose of. Default: null, which reads <see cref="ClientCertificateFile"/>. The one of the two that is set last counts.</summary>
    public X509Certificate2? ClientCertificate
    {
        get => _clientCertificate;
        set => (_clientCertificate, _clientCertificateFile, ClientKeyFile, Passphrase, PassphraseFile) = (value, null, null, null, null);
    }

    /// <summary>
    /// A file with the client certificate and, behind it, what stands between it and its authority: PFX, or PEM. Read on the first call. Default: null, which takes the file that
    /// <c>COLUMNCRYPT_KMIP_CERTIFICATE</c> names, with <c>COLUMNCRYPT_KMIP_KEY</c> and <c>COLUMNCRYPT_KMIP_PASSPHRASE_FILE</c>, but not for a tenant's own KEK. Setting it forgets
    /// <see cref="ClientCertificate"/>, <see cref="ClientKeyFile"/> and the passphrase, so set it before these.
    /// </summary>
    public string? ClientCertificateFile
    {
        get => _clientCertificateFile;
        set => (_clientCertificate, _clientCertificateFile, ClientKeyFile, Passphrase, PassphraseFile) = (null, value, null, null, null);
    }

    /// <summary>A file with the private key in PEM. Default: null; then the key is in <see cref="ClientCertificateFile"/>.</summary>
    public string? ClientKeyFile { get; set; }

    /// <summary>The passphrase of the private key. Default: null, which reads it from <see cref="PassphraseFile"/>.</summary>
    public string? Passphrase { get; set; }

    /// <summary>A file with the passphrase of the private key on its only line, read on the first call. Default: null; then there is none.</summary>
    public string? PassphraseFile { get; set; }

    /// <summary>A PEM file with the authorities, one or more, that sign certificates of key servers; no other is trusted then. Read on the first call. Default: null, which takes the file that <c>COLUMNCRYPT_KMIP_AUTHORITY</c> names, and trusts those of the system where there is none.</summary>
    public string? AuthorityFile { get; set; }

    /// <summary>How many connections are open at once, each with one request under way. 1 to 256; default 8. A connection that is idle for a minute is not used again.</summary>
    public int MaxConnections { get; set; } = 8;

    /// <summary>
    /// The unique identifiers of keys that had the name of the URI before, as before a Re-key: what they have wrapped is still unwrapped. Default:
    /// none. Without them a wrap of such a key is refused.
    /// </summary>
    public IList<string> FormerKeys { get; } = [];
}
