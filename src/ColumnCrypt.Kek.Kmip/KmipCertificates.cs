using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using ColumnCrypt.Kek.Kmip.Connections;

namespace ColumnCrypt.Kek.Kmip;

/// <summary>Reads the certificates that the options name.</summary>
internal static class KmipCertificates
{
    private const string Pem = "-----BEGIN ";

    /// <exception cref="KekException">A file cannot be read, or holds no such thing.</exception>
    public static KmipTls Load(string uri, KmipOptions options)
    {
        var authorities = options.AuthorityFile is { } file ? Read(uri, file, "the authorities", Authorities) : null;
        if (options.ClientCertificate is { } certificate)
        {
            return new KmipTls(certificate, [], authorities, isOwned: false);
        }

        var (client, chain) = Read(uri, options.ClientCertificateFile!, "the client certificate", content => Client(content, options));
        return new KmipTls(client, chain, authorities, isOwned: true);
    }

    private static T Read<T>(string uri, string path, string what, Func<byte[], T> parse)
    {
        try
        {
            byte[] content = File.ReadAllBytes(path);
            try
            {
                return parse(content);
            }
            finally
            {
                CryptographicOperations.ZeroMemory(content);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new KekException(KekFailure.Denied, $"The file {path}, which should hold {what} for {uri}, cannot be read, or only with another passphrase: {error.Message}", error);
        }
    }

    private static X509Certificate2Collection Authorities(byte[] content)
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPem(Encoding.ASCII.GetString(content));
        return authorities.Count > 0 ? authorities : throw new CryptographicException("There is no certificate in it.");
    }

    private static (X509Certificate2 Client, X509Certificate2Collection Chain) Client(byte[] content, KmipOptions options)
    {
        string? passphrase = options.Passphrase ?? (options.PassphraseFile is { } line ? File.ReadAllText(line).TrimEnd('\r', '\n') : null);
        var found = new X509Certificate2Collection();
        X509Certificate2 client;
        string text = Encoding.ASCII.GetString(content);
        if (text.Contains(Pem, StringComparison.Ordinal))
        {
            string key = options.ClientKeyFile is { } file ? File.ReadAllText(file) : text;
            client = passphrase is not null ? X509Certificate2.CreateFromEncryptedPem(text, key, passphrase) : X509Certificate2.CreateFromPem(text, key);
            found.ImportFromPem(text);
        }
        else
        {
            found.AddRange(X509CertificateLoader.LoadPkcs12Collection(content, passphrase));
            client = found.FirstOrDefault(static certificate => certificate.HasPrivateKey) ?? throw new CryptographicException("There is no private key in it.");
        }

        var chain = new X509Certificate2Collection();
        foreach (var certificate in found)
        {
            if (!certificate.RawDataMemory.Span.SequenceEqual(client.RawDataMemory.Span))
            {
                chain.Add(certificate);
            }
            else if (!ReferenceEquals(certificate, client))
            {
                certificate.Dispose();
            }
        }

        return (client, chain);
    }
}
