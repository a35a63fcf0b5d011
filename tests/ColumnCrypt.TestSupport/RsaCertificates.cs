using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ColumnCrypt.TestSupport;

/// <summary>Key pairs and certificates that a test makes, and the files that hold them.</summary>
public static class RsaCertificates
{
    private static readonly PbeParameters s_sealing = new(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 2_000);

    /// <summary>A certificate with its private key.</summary>
    /// <param name="bits">The size of a new key.</param>
    /// <param name="notBefore">When it begins to be valid; null for long ago.</param>
    /// <param name="notAfter">When it expires; null for a far day.</param>
    public static X509Certificate2 Create(int bits = 3_072, DateTimeOffset? notBefore = null, DateTimeOffset? notAfter = null)
    {
        using var rsa = RSA.Create(bits);
        return Certify(rsa, notBefore, notAfter);
    }

    /// <summary>Another certificate of the same key.</summary>
    public static X509Certificate2 Renew(X509Certificate2 certificate)
    {
        using var rsa = certificate.GetRSAPrivateKey()!;
        return Certify(rsa, null, null);
    }

    /// <summary>Writes the certificate alone, as PEM that everybody may read.</summary>
    public static void WritePublic(this X509Certificate2 certificate, string path) => Write(path, certificate.ExportCertificatePem(), open: true);

    /// <summary>Writes the bare public key as PEM.</summary>
    public static void WritePublicKey(this X509Certificate2 certificate, string path)
    {
        using var rsa = certificate.GetRSAPublicKey()!;
        Write(path, rsa.ExportSubjectPublicKeyInfoPem(), open: true);
    }

    /// <summary>Writes certificate and encrypted private key as PEM, for its owner alone.</summary>
    public static void WritePem(this X509Certificate2 certificate, string path, string passphrase)
    {
        using var rsa = certificate.GetRSAPrivateKey()!;
        Write(path, certificate.ExportCertificatePem() + "\n" + rsa.ExportEncryptedPkcs8PrivateKeyPem(passphrase, s_sealing) + "\n", open: false);
    }

    /// <summary>Writes certificate and private key as an encrypted PFX, for its owner alone.</summary>
    public static void WritePfx(this X509Certificate2 certificate, string path, string passphrase)
    {
        File.WriteAllBytes(path, certificate.ExportPkcs12(s_sealing, passphrase));
        SetMode(path, open: false);
    }

    /// <summary>Writes a text with the rights of a secret, or of a public file.</summary>
    public static void Write(string path, string text, bool open)
    {
        File.WriteAllText(path, text);
        SetMode(path, open);
    }

    private static X509Certificate2 Certify(RSA rsa, DateTimeOffset? notBefore, DateTimeOffset? notAfter) =>
        new CertificateRequest("CN=ColumnCrypt test", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(
            notBefore ?? new DateTimeOffset(2001, 1, 1, 0, 0, 0, TimeSpan.Zero), notAfter ?? new DateTimeOffset(2999, 1, 1, 0, 0, 0, TimeSpan.Zero));

    private static void SetMode(string path, bool open)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | (open ? UnixFileMode.GroupRead | UnixFileMode.OtherRead : UnixFileMode.None));
        }
    }
}
