using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ColumnCrypt.Kek.Vault.Http;

/// <summary>
/// Vault's HTTP API (v1): no redirect is followed, no cookie kept, no answer larger than <see cref="MaximumSize"/> read. Attempts and their time
/// are the caller's to bound. Thread-safe.
/// </summary>
/// <param name="uri">The URI of the KEK, for messages.</param>
/// <param name="address">Where the API is, ending in <c>/v1/</c>.</param>
/// <param name="vaultNamespace">The namespace; null for the root.</param>
/// <param name="authorityFile">A PEM file with the authorities that are trusted; null for those of the system.</param>
internal sealed class VaultHttp(string uri, Uri address, string? vaultNamespace, string? authorityFile) : IDisposable
{
    /// <summary>The size of the largest answer that is read, in bytes.</summary>
    public const int MaximumSize = 1024 * 1024;

    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private static readonly MediaTypeHeaderValue s_json = new("application/json");

    private readonly Lock _gate = new();
    private HttpMessageInvoker? _invoker;

    /// <summary>Makes a call.</summary>
    /// <param name="method">The method.</param>
    /// <param name="path">The path behind <c>/v1/</c>.</param>
    /// <param name="token">Whose call it is; null for nobody's.</param>
    /// <param name="body">The body, or null.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="KekException">Vault cannot be reached, or the authorities cannot be read.</exception>
    /// <exception cref="OperationCanceledException">The call was cancelled.</exception>
    public async Task<VaultAnswer> SendAsync(HttpMethod method, string path, string? token, SecretBuffer? body, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var request = new HttpRequestMessage(method, new Uri(address, path));
        request.Headers.Add("X-Vault-Request", "true");
        if (vaultNamespace is not null)
        {
            request.Headers.Add("X-Vault-Namespace", vaultNamespace);
        }

        if (token is not null)
        {
            request.Headers.Add("X-Vault-Token", token);
        }

        if (body is not null)
        {
            request.Content = new ReadOnlyMemoryContent(body.Written);
            request.Content.Headers.ContentType = s_json;
        }

        try
        {
            using var response = await Invoker().SendAsync(request, cancellationToken).ConfigureAwait(false);
            return new VaultAnswer(response.StatusCode, await ReadAsync(response.Content, cancellationToken).ConfigureAwait(false));
        }
        catch (HttpRequestException error) when (error.InnerException is AuthenticationException inner)
        {
            throw new KekException(KekFailure.Unavailable, $"There is no TLS with the Vault of {uri}: {inner.Message} Check AuthorityFile and the host of Address.", error);
        }
        catch (Exception error) when (error is HttpRequestException or IOException || (error is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new KekException(KekFailure.Unavailable, $"The Vault of {uri} cannot be reached, or broke off: {error.GetType().Name}.", error);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _invoker?.Dispose();
        }
    }

    private HttpMessageInvoker Invoker()
    {
        lock (_gate)
        {
            return _invoker ??= new HttpMessageInvoker(Handler());
        }
    }

    private SocketsHttpHandler Handler()
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = !address.IsLoopback,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        };
        handler.SslOptions.EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13;
        if (authorityFile is not null)
        {
            var policy = new X509ChainPolicy
            {
                RevocationMode = X509RevocationMode.NoCheck,
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                DisableCertificateDownloads = true,
            };
            policy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
            policy.CustomTrustStore.AddRange(Authorities(authorityFile));
            handler.SslOptions.CertificateChainPolicy = policy;
        }

        return handler;
    }

    private X509Certificate2Collection Authorities(string path)
    {
        var authorities = new X509Certificate2Collection();
        try
        {
            authorities.ImportFromPemFile(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new KekException(KekFailure.Denied, $"The file {path}, which should hold the authorities for {uri}, cannot be read: {error.Message}", error);
        }

        return authorities.Count > 0 ? authorities : throw new KekException(KekFailure.Denied, $"The file {path}, which should hold the authorities for {uri}, holds no certificate.");
    }

    private async Task<SecretBuffer> ReadAsync(HttpContent content, CancellationToken cancellationToken)
    {
        var buffer = new SecretBuffer(2048);
        try
        {
            using var stream = await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            int read;
            while ((read = await stream.ReadAsync(buffer.GetMemory(), cancellationToken).ConfigureAwait(false)) > 0)
            {
                buffer.Advance(read);
                if (buffer.Written.Length > MaximumSize)
                {
                    throw new KekException(KekFailure.Unavailable, $"The Vault of {uri} answers with more than {MaximumSize} bytes, which Vault does not.");
                }
            }

            return buffer;
        }
        catch
        {
            buffer.Dispose();
            throw;
        }
    }
}
