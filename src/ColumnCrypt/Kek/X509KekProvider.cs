using System.Security.Cryptography.X509Certificates;
using ColumnCrypt.Crypto;

namespace ColumnCrypt.Kek;

/// <summary>
/// KEKs that are RSA key pairs: <c>x509:PATH</c> to a PEM, PFX or DER file, <c>x509:store/LOCATION/THUMBPRINT</c> for the platform's
/// certificate store. Registered by default.
/// </summary>
/// <param name="time">The clock that says whether a certificate is valid.</param>
internal sealed class X509KekProvider(Func<TimeProvider> time) : IKekProvider
{
    private const string Store = "store/";

    public string Scheme => "x509";

    public IKeyEncryptionKey Open(string uri, KekOptions options)
    {
        ArgumentNullException.ThrowIfNull(uri);
        ArgumentNullException.ThrowIfNull(options);
        string rest = uri[(Scheme.Length + 1)..];
        if (rest.StartsWith(Store, StringComparison.Ordinal))
        {
            var (location, thumbprint) = InStore(uri, rest[Store.Length..]);
            if (options.IsTenantsOwn)
            {
                throw new EncryptionModelException($"{uri} is no tenant's own KEK: what is in the store of this account opens for the account, with no credential of the tenant's. Take a file, x509:PATH, and its passphrase.");
            }

            return new X509Kek(uri, time, () => Strong(uri, options, X509StoreCertificate.Read(location, thumbprint)));
        }

        if (rest.Length == 0 || rest.StartsWith("//", StringComparison.Ordinal) || rest.Contains('\0'))
        {
            throw new EncryptionModelException($"'{uri}' names no file: write the path right behind the colon, x509:escrow.pem or x509:/etc/app/escrow.pfx.");
        }

        string path = Path.GetFullPath(rest);
        return new X509Kek(uri, time, () => Strong(uri, options, X509KekFile.Read(path, () => Passphrase.Find(uri, options))));
    }

    private static (StoreLocation Location, string Thumbprint) InStore(string uri, string rest) =>
        rest.Split('/') is [nameof(StoreLocation.CurrentUser) or nameof(StoreLocation.LocalMachine), { Length: 40 or 64 } digits] parts && digits.All(char.IsAsciiHexDigit)
            ? (Enum.Parse<StoreLocation>(parts[0]), digits)
            : throw new EncryptionModelException(
                $"'{uri}' names no certificate of a store: write x509:store/CurrentUser/ or x509:store/LocalMachine/ and the 40 (SHA-1) or 64 (SHA-256) hex digits of its thumbprint.");

    private static RsaKey Strong(string uri, KekOptions options, RsaKey key)
    {
        if (key.Bits >= (options.AllowWeakKek ? RsaKey.MinimumBits : KekOptions.MinimumRsaBits) && key.Bits <= RsaKey.MaximumBits)
        {
            return key;
        }

        int bits = key.Bits;
        key.Dispose();
        throw new KekException(
            KekFailure.Denied,
            $"The RSA key of {uri} has {bits} bits; a KEK has {KekOptions.MinimumRsaBits} to {RsaKey.MaximumBits}, or {RsaKey.MinimumBits} and more with AllowWeakKek. Make a longer one.");
    }
}
