using System.Net.Sockets;
using System.Security.Authentication;
using ColumnCrypt.Kek.Kmip.Connections;
using ColumnCrypt.Kek.Kmip.Protocol;

namespace ColumnCrypt.Kek.Kmip;

/// <summary>Makes calls, and translates how the way to the key server fails. Thread-safe.</summary>
/// <param name="uri">The URI, for messages.</param>
/// <param name="pool">The connections; disposed with the client.</param>
internal sealed class KmipClient(string uri, KmipPool pool) : IDisposable
{
    /// <summary>The connections; for tests.</summary>
    internal KmipPool Pool => pool;

    /// <exception cref="EncryptionModelException">The options are out of bounds, or name no client certificate.</exception>
    public static KmipClient Create(string uri, KmipEndpoint endpoint, KmipOptions options)
    {
        if (options.MaxConnections is < 1 or > 256)
        {
            throw new EncryptionModelException($"The MaxConnections of {uri} is 1 to 256.");
        }

        return options.ClientCertificate is { HasPrivateKey: false }
            ? throw new EncryptionModelException($"The ClientCertificate of {uri} has no private key.")
            : options.ClientCertificate is null && options.ClientCertificateFile is null
            ? throw new EncryptionModelException($"{uri} needs a client certificate: set ClientCertificateFile or ClientCertificate in AddKmip, or {KmipEnvironment.Certificate} to its file.")
            : new KmipClient(uri, new KmipPool(endpoint, () => KmipCertificates.Load(uri, options), options.MaxConnections));
    }

    /// <summary>Makes a call.</summary>
    /// <exception cref="KekException">The key server cannot be reached, or does not speak KMIP.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task<KmipResult> CallAsync(KmipCall call, CancellationToken cancellationToken) => (await CallAsync([call], cancellationToken).ConfigureAwait(false))[0];

    /// <summary>Makes some calls in one request; one that fails does not keep the others from being made.</summary>
    /// <exception cref="KekException">The key server cannot be reached, or does not speak KMIP.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task<KmipResult[]> CallAsync(IReadOnlyList<KmipCall> calls, CancellationToken cancellationToken)
    {
        try
        {
            return await pool.CallAsync(calls, cancellationToken).ConfigureAwait(false);
        }
        catch (AuthenticationException error)
        {
            throw new KekException(KekFailure.Unavailable, $"There is no TLS with the key server of {uri}: {error.Message} Check AuthorityFile, the host of the URI, and the client certificate.", error);
        }
        catch (TtlvException error)
        {
            throw KmipErrors.NoKmip(uri, error);
        }
        catch (Exception error) when (error is IOException or SocketException)
        {
            throw new KekException(KekFailure.Unavailable, $"The key server of {uri} cannot be reached, or broke off: {error.GetType().Name}.", error);
        }
        catch (OperationCanceledException error) when (!cancellationToken.IsCancellationRequested)
        {
            throw new KekException(KekFailure.Unavailable, $"The key server of {uri} did not answer.", error);
        }
    }

    public void Dispose() => pool.Dispose();
}
