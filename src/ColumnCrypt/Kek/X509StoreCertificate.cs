using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ColumnCrypt.Crypto;

namespace ColumnCrypt.Kek;

/// <summary>A certificate in the platform's store <c>My</c>, which guards the private half itself.</summary>
internal static class X509StoreCertificate
{
    private const int Sha1Digits = 40;

    /// <exception cref="KekException">The store or the certificate is not there, or it holds no RSA key.</exception>
    public static RsaKey Read(StoreLocation location, string thumbprint)
    {
        X509Certificate2Collection found = [];
        X509Certificate2Collection all = [];
        try
        {
            using var store = new X509Store(StoreName.My, location);
            store.Open(OpenFlags.ReadOnly | OpenFlags.OpenExistingOnly);
            all = store.Certificates;
            found = thumbprint.Length == Sha1Digits ? all.Find(X509FindType.FindByThumbprint, thumbprint, validOnly: false) : all.FindByThumbprint(HashAlgorithmName.SHA256, thumbprint);
            return found.Count > 0
                ? RsaKey.Of(new X509Certificate2(found[0])) ?? throw new KekException(KekFailure.Denied, $"The certificate {thumbprint} in {location} holds no RSA key.")
                : throw Missing(location, thumbprint, null);
        }
        catch (CryptographicException error)
        {
            throw new KekException(KekFailure.Unavailable, $"The certificate store My of {location}, which should hold {thumbprint}, cannot be opened, or the platform has no such store.", error);
        }
        finally
        {
            foreach (var certificate in all.Concat(found))
            {
                certificate.Dispose();
            }
        }
    }

    private static KekException Missing(StoreLocation location, string thumbprint, Exception? error) =>
        new(KekFailure.Destroyed, $"The certificate {thumbprint} is not in the store My of {location}, or the platform has no such store.", error);
}
