using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Google.Apis.Auth.OAuth2;

namespace ColumnCrypt.Kek.GoogleKms.Rest;

/// <summary>
/// Calls Cloud KMS as one identity. Neither repeats a call, but for one with a new token, nor follows a redirect, nor reads an answer of more than 64 KiB. Thread-safe.
/// </summary>
/// <param name="endpoint">Where the service is.</param>
/// <param name="tokens">The identity; disposed with the client.</param>
internal sealed class GoogleClient(Uri endpoint, GoogleTokens tokens) : IDisposable
{
    private const int MaximumAnswer = 65_536;

    // How long a call may take is its caller's to say.
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) }) { Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>Calls the service.</summary>
    /// <param name="path">The path below <c>v1</c>.</param>
    /// <param name="body">What is sent, the caller's to dispose of; null to ask for the resource.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="GoogleTransportException">The service cannot be reached, or does not answer as it does.</exception>
    /// <exception cref="GoogleTokenException">There is no token for it.</exception>
    public async Task<GoogleAnswer> CallAsync(string path, GoogleBody? body, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var token = await tokens.GetAsync(null, cancellationToken).ConfigureAwait(false);
        var answer = await SendAsync(path, body, token, cancellationToken).ConfigureAwait(false);
        if (answer.Status != (int)HttpStatusCode.Unauthorized)
        {
            return answer;
        }

        // It was revoked: once more, with a new one.
        answer.Dispose();
        token = await tokens.GetAsync(token.AccessToken, cancellationToken).ConfigureAwait(false);
        return await SendAsync(path, body, token, cancellationToken).ConfigureAwait(false);
    }

    public void Dispose()
    {
        _http.Dispose();
        tokens.Dispose();
    }

    private async Task<GoogleAnswer> SendAsync(string path, GoogleBody? body, AccessTokenWithHeaders token, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(body is null ? HttpMethod.Get : HttpMethod.Post, new Uri($"{endpoint.AbsoluteUri}v1/{path}"));
        token.AddHeaders(request);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token.AccessToken);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        if (body is not null)
        {
            request.Content = new ReadOnlyMemoryContent(body.Json);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        try
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
            using var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            return new GoogleAnswer((int)response.StatusCode, await ReadAsync(stream, cancellationToken).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception error) when (error is HttpRequestException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            throw new GoogleTransportException($"{error.GetType().Name}.", error);
        }
    }

    private static async Task<ArraySegment<byte>> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        byte[] bytes = GC.AllocateArray<byte>(4_096, pinned: true);
        int size = 0;
        while (await stream.ReadAsync(bytes.AsMemory(size), cancellationToken).ConfigureAwait(false) is > 0 and int read)
        {
            size += read;
            if (size < bytes.Length)
            {
                continue;
            }

            byte[] larger = size < MaximumAnswer ? GC.AllocateArray<byte>(size * 2, pinned: true) : throw new GoogleTransportException($"Its answer has {MaximumAnswer} bytes or more.");
            bytes.CopyTo(larger, 0);
            CryptographicOperations.ZeroMemory(bytes);
            bytes = larger;
        }

        return new ArraySegment<byte>(bytes, 0, size);
    }
}
