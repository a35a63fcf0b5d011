using System.Security.Cryptography.X509Certificates;

namespace ColumnCrypt.TestSupport;

/// <summary>The file of an escrow KEK: with the public half where nodes read it, or with both on the machine of a recovery.</summary>
public sealed class EscrowFile : IDisposable
{
    /// <summary>Opens the private half.</summary>
    public const string Passphrase = "kept in a safe, far from here";

    private static readonly X509Certificate2 s_first = RsaCertificates.Create();

    private readonly TempFolder _folder = new();
    private X509Certificate2 _certificate = s_first;

    /// <summary>Writes the public half.</summary>
    public EscrowFile() => PutPublicHalf();

    /// <summary>The path.</summary>
    public string Path => _folder.File("escrow.pem");

    /// <summary>The KEK's URI.</summary>
    public string Uri => "x509:" + Path;

    /// <summary>Puts the certificate alone into the file.</summary>
    public void PutPublicHalf() => _certificate.WritePublic(Path);

    /// <summary>Puts certificate and encrypted private key into the file.</summary>
    public void PutPrivateHalf() => _certificate.WritePem(Path, Passphrase);

    /// <summary>Puts the certificate of another key pair into the file.</summary>
    /// <param name="notAfter">When it expires; null for a far day.</param>
    public void Replace(DateTimeOffset? notAfter = null)
    {
        _certificate = RsaCertificates.Create(notAfter: notAfter);
        PutPublicHalf();
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();
}
