using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ColumnCrypt.Kek.Tests.Kmip;

/// <summary>A certificate authority of a test, and what it signs.</summary>
internal sealed class TestAuthority : IDisposable
{
    private const string Server = "1.3.6.1.5.5.7.3.1";
    private const string Client = "1.3.6.1.5.5.7.3.2";

    private readonly X509Certificate2 _authority;

    public TestAuthority(string name)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        _authority = request.CreateSelfSigned(Yesterday, Yesterday.AddDays(30));
    }

    public string Pem => _authority.ExportCertificatePem();

    private static DateTimeOffset Yesterday => DateTimeOffset.UtcNow.AddDays(-1);

    /// <summary>A certificate for localhost, and for 127.0.0.1 too where that is asked for.</summary>
    public X509Certificate2 ForServer(bool withAddress = true)
    {
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        if (withAddress)
        {
            names.AddIpAddress(IPAddress.Loopback);
        }

        return Sign("localhost", Server, names.Build());
    }

    /// <summary>A certificate for hosts; one may begin with <c>*.</c>.</summary>
    public X509Certificate2 ForHosts(params string[] hosts)
    {
        var names = new SubjectAlternativeNameBuilder();
        foreach (string host in hosts)
        {
            names.AddDnsName(host);
        }

        return Sign("hosts", Server, names.Build());
    }

    public X509Certificate2 ForClient(string name) => Sign(name, Client, null);

    /// <summary>A certificate of a client that does not say that it is one.</summary>
    public X509Certificate2 ForNoUse(string name) => Sign(name, null, null);

    public void Dispose() => _authority.Dispose();

    private X509Certificate2 Sign(string name, string? use, X509Extension? names)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_authority, true, false));
        if (use is not null)
        {
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(use)], false));
        }

        if (names is not null)
        {
            request.CertificateExtensions.Add(names);
        }

        using var certificate = request.Create(_authority, Yesterday, Yesterday.AddDays(20), RandomNumberGenerator.GetBytes(12));
        return certificate.CopyWithPrivateKey(key);
    }
}
