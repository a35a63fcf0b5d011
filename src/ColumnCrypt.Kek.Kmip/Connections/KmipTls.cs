using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ColumnCrypt.Kek.Kmip.Connections;

/// <summary>
/// Who calls, and whom the caller trusts: TLS 1.2 or later (the KMIP profiles' minimum), a client certificate, and a server certificate that must
/// be for the host, for the use of servers, and of a trusted authority. Thread-safe.
/// </summary>
/// <param name="client">The client certificate with its private key.</param>
/// <param name="chain">What stands between it and its authority; sent along.</param>
/// <param name="authorities">The authorities that are trusted; null for those of the system.</param>
/// <param name="isOwned">True where the certificates are disposed with this.</param>
internal sealed class KmipTls(X509Certificate2 client, X509Certificate2Collection chain, X509Certificate2Collection? authorities, bool isOwned) : IDisposable
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    private readonly SslStreamCertificateContext _client = SslStreamCertificateContext.Create(client, chain, offline: true);

    /// <summary>What a handshake with this host demands.</summary>
    public SslClientAuthenticationOptions For(string host)
    {
        var policy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck };
        policy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        if (authorities is not null)
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.CustomTrustStore.AddRange(authorities);
            policy.DisableCertificateDownloads = true;
        }

        return new SslClientAuthenticationOptions
        {
            TargetHost = host,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            ClientCertificateContext = _client,
            CertificateChainPolicy = policy,
        };
    }

    public void Dispose()
    {
        if (!isOwned)
        {
            return;
        }

        client.Dispose();
        foreach (var certificate in chain)
        {
            certificate.Dispose();
        }
    }
}
