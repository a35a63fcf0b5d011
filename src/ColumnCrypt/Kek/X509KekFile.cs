using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using ColumnCrypt.Crypto;

namespace ColumnCrypt.Kek;

/// <summary>
/// The file of an <c>x509:</c> KEK: PEM (RFC 7468) with a certificate or a public key, beside the certificate perhaps its private key as
/// encrypted PKCS#8 (RFC 5958); PFX (RFC 7292); or one certificate in DER (RFC 5280).
/// </summary>
internal static class X509KekFile
{
    private const int MaximumSize = 64 * 1024;
    private const string Advice = "Write it as encrypted PKCS#8: openssl pkcs8 -topk8 -v2 aes-256-cbc.";

    private static readonly Pkcs12LoaderLimits s_limits = new() { MacIterationLimit = 10_000_000, IndividualKdfIterationLimit = 10_000_000, TotalKdfIterationLimit = 30_000_000 };

    /// <exception cref="KekException">The file is missing, damaged, open to others, or does not open with the passphrase.</exception>
    public static RsaKey Read(string path, Func<Passphrase> passphrase)
    {
        UnixFileMode mode = default;
        var content = SmallFile.Read(path, MaximumSize, "a certificate", file => mode = FileRights.Of(file));
        try
        {
            return PemFile.Parse(content) is { Count: > 0 } sections
                ? FromPem(path, mode, sections, passphrase)
                : FromDer(path, mode, content, passphrase);
        }
        catch (FormatException error)
        {
            throw Damaged(path, error.Message, error);
        }
    }

    private static RsaKey FromPem(string path, UnixFileMode mode, IReadOnlyList<PemSection> sections, Func<Passphrase> passphrase)
    {
        FileRights.DemandNoOtherWriter(path, mode);
        if (sections.Any(static section => section.Label.EndsWith("PRIVATE KEY", StringComparison.Ordinal) && section.Label != PemSection.EncryptedPrivateKey))
        {
            throw new KekException(KekFailure.Denied, $"The file {path} holds a private key that is not encrypted, or not as PKCS#8. {Advice}");
        }

        var certificate = sections.FirstOrDefault(static section => section.Label == PemSection.Certificate);
        var privateKey = sections.FirstOrDefault(static section => section.Label == PemSection.EncryptedPrivateKey);
        if (certificate is null)
        {
            return privateKey is null && sections.FirstOrDefault(static section => section.Label == PemSection.PublicKey) is { } publicKey
                ? OfPublicKey(path, publicKey.Bytes)
                : throw Damaged(path, "it holds neither a certificate nor a public key alone", null);
        }

        using var loaded = Load(path, certificate.Bytes);
        if (privateKey is null)
        {
            return RsaKey.Of(new X509Certificate2(loaded)) ?? throw NoRsa(path, null);
        }

        FileRights.DemandOwnerAlone(path, mode);
        using var secret = passphrase();
        try
        {
            return RsaKey.Of(loaded, privateKey.Bytes, secret.Utf8) ?? throw NoRsa(path, null);
        }
        catch (CryptographicException error)
        {
            throw DoesNotOpen(path, error);
        }
        catch (ArgumentException error)
        {
            throw Damaged(path, "its private key is not that of its certificate", error);
        }
    }

    private static RsaKey FromDer(string path, UnixFileMode mode, byte[] content, Func<Passphrase> passphrase)
    {
        FileRights.DemandNoOtherWriter(path, mode);
        switch (TypeOf(content))
        {
            case X509ContentType.Cert:
                return RsaKey.Of(Load(path, content)) ?? throw NoRsa(path, null);
            case X509ContentType.Pfx:
                FileRights.DemandOwnerAlone(path, mode);
                using (var secret = passphrase())
                {
                    return FromPfx(path, content, secret);
                }

            default:
                throw Damaged(path, "it is neither PEM, PFX nor a certificate in DER", null);
        }
    }

    private static RsaKey FromPfx(string path, byte[] content, Passphrase secret)
    {
        char[] text = GC.AllocateUninitializedArray<char>(Encoding.UTF8.GetCharCount(secret.Utf8), pinned: true);
        try
        {
            Encoding.UTF8.GetChars(secret.Utf8, text);
            return RsaKey.Of(X509CertificateLoader.LoadPkcs12(content, text, X509KeyStorageFlags.EphemeralKeySet, s_limits)) ?? throw NoRsa(path, null);
        }
        catch (CryptographicException error)
        {
            throw DoesNotOpen(path, error);
        }
        finally
        {
            text.AsSpan().Clear();
        }
    }

    private static X509ContentType TypeOf(byte[] content)
    {
        try
        {
            return content.Length == 0 ? X509ContentType.Unknown : X509Certificate2.GetCertContentType(content);
        }
        catch (CryptographicException)
        {
            return X509ContentType.Unknown;
        }
    }

    private static X509Certificate2 Load(string path, byte[] der)
    {
        try
        {
            return X509CertificateLoader.LoadCertificate(der);
        }
        catch (CryptographicException error)
        {
            throw Damaged(path, "its certificate cannot be read", error);
        }
    }

    private static RsaKey OfPublicKey(string path, byte[] der)
    {
        try
        {
            return RsaKey.OfPublicKey(der);
        }
        catch (CryptographicException error)
        {
            throw NoRsa(path, error);
        }
    }

    private static KekException DoesNotOpen(string path, Exception error) => new(
        KekFailure.Denied,
        $"The private key in {path} does not open: its passphrase is another one, it is no RSA key, or the file was changed. Check the passphrase, then compare the file with a backup.",
        error);

    private static KekException NoRsa(string path, Exception? error) => new(KekFailure.Denied, $"The file {path} holds no RSA key, and no other wraps keys here.", error);

    private static KekException Damaged(string path, string what, Exception? error) =>
        new(KekFailure.WrongContextOrTampered, $"The file {path} cannot be used as a KEK: {what}. Compare it with a backup.", error);
}
