using System.Security.Cryptography;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;

namespace ColumnCrypt.Kek.AzureKeyVault.Rest;

/// <summary>
/// Calls one vault as one identity. Neither repeats a call, but for one with a new token, nor follows a redirect, nor reads an answer of more than 64 KiB. Thread-safe.
/// </summary>
internal sealed class VaultClient : IDisposable
{
    private const string ApiVersion = "7.4";
    private const int MaximumAnswer = 65_536;

    private readonly string _host;
    private readonly string _suffix;
    private readonly VaultTokens _tokens;
    private readonly HttpClient _http;
    private readonly HttpPipeline _pipeline;
    private volatile VaultChallenge? _challenge;

    /// <summary>Makes a client.</summary>
    /// <param name="host">The host of the vault.</param>
    /// <param name="suffix">What it ends in: the resource of its tokens.</param>
    /// <param name="tokens">The identity.</param>
    /// <param name="handler">Carries the requests; disposed with the client.</param>
    public VaultClient(string host, string suffix, VaultTokens tokens, HttpMessageHandler handler)
    {
        (_host, _suffix, _tokens) = (host, suffix, tokens);

        // How long a call may take is its caller's to say.
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        _pipeline = HttpPipelineBuilder.Build(new VaultPipelineOptions(new HttpClientTransport(_http)));
    }

    /// <summary>Https as the platform has it, without redirects.</summary>
    public static HttpMessageHandler Https() => new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) };

    /// <summary>Asks for something.</summary>
    /// <param name="path">The path with its query, below the host.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="VaultTransportException">The vault cannot be reached, or does not answer as one does.</exception>
    /// <exception cref="VaultTokenException">There is no token for the vault.</exception>
    public Task<VaultAnswer> GetAsync(string path, CancellationToken cancellationToken) => CallAsync(RequestMethod.Get, path, null, cancellationToken);

    /// <summary>Sends a body.</summary>
    /// <param name="path">The path below the host.</param>
    /// <param name="body">The body; the caller's to dispose of.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="VaultTransportException">The vault cannot be reached, or does not answer as one does.</exception>
    /// <exception cref="VaultTokenException">There is no token for the vault.</exception>
    public Task<VaultAnswer> PostAsync(string path, VaultBody body, CancellationToken cancellationToken) => CallAsync(RequestMethod.Post, path, body, cancellationToken);

    public void Dispose() => _http.Dispose();

    private async Task<VaultAnswer> CallAsync(RequestMethod method, string path, VaultBody? body, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_challenge is not { } challenge)
        {
            // Without a token, and so without the body: the answer says which token is wanted.
            var asked = await SendAsync(method, path, null, null, cancellationToken).ConfigureAwait(false);
            if (asked.Status != 401)
            {
                return asked.Status >= 300 ? asked : throw new VaultTransportException("It answers without asking who calls.");
            }

            asked.Dispose();
            _challenge = challenge = Demand(asked.Challenge);
        }

        string token = await TokenAsync(challenge, null, cancellationToken).ConfigureAwait(false);
        var answer = await SendAsync(method, path, body, token, cancellationToken).ConfigureAwait(false);
        if (answer.Status != 401 || answer.Challenge is not { } wanted)
        {
            return answer;
        }

        // The token was revoked, or the vault went to another directory: once more, with a new one.
        answer.Dispose();
        challenge = wanted.Resource is null ? challenge with { Claims = wanted.Claims } : Demand(wanted);
        _challenge = challenge with { Claims = null };
        token = await TokenAsync(challenge, token, cancellationToken).ConfigureAwait(false);
        return await SendAsync(method, path, body, token, cancellationToken).ConfigureAwait(false);
    }

    // A vault that wants a token for somebody else's resource would use it there.
    private VaultChallenge Demand(VaultChallenge? challenge) => challenge is { Resource: { } resource } && resource.Equals(_suffix, StringComparison.OrdinalIgnoreCase)
        ? challenge
        : throw new VaultTokenException($"It asks for a token of another resource than {_suffix}, or of none.", isTransient: false, null);

    private async Task<string> TokenAsync(VaultChallenge challenge, string? refused, CancellationToken cancellationToken)
    {
        try
        {
            return await _tokens.GetAsync(challenge, $"https://{_suffix}/.default", refused, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            throw new VaultTokenException($"No token is to be had: {error.GetType().Name}.", IsTransient(error), error);
        }
    }

    private static bool IsTransient(Exception? error)
    {
        for (; error is not null; error = error.InnerException)
        {
            if (error is HttpRequestException or IOException or OperationCanceledException or System.Net.Sockets.SocketException or RequestFailedException { Status: 0 or 408 or 429 or >= 500 })
            {
                return true;
            }
        }

        return false;
    }

    private async Task<VaultAnswer> SendAsync(RequestMethod method, string path, VaultBody? body, string? token, CancellationToken cancellationToken)
    {
        using var message = _pipeline.CreateMessage();
        message.BufferResponse = false;
        message.Request.Method = method;
        message.Request.Uri.Reset(new Uri($"https://{_host}/{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}api-version={ApiVersion}"));
        message.Request.Headers.Add("Accept", "application/json");
        if (token is not null)
        {
            message.Request.Headers.Add("Authorization", $"Bearer {token}");
        }

        if (body is not null)
        {
            message.Request.Headers.Add("Content-Type", "application/json");
            message.Request.Content = RequestContent.Create(body.Json);
        }

        try
        {
            await _pipeline.SendAsync(message, cancellationToken).ConfigureAwait(false);
            var read = await ReadAsync(message.Response.ContentStream, cancellationToken).ConfigureAwait(false);
            return new VaultAnswer(message.Response.Status, message.Response.Headers.TryGetValue("WWW-Authenticate", out string? header) ? VaultChallenge.Parse(header) : null, read);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception error) when (error is RequestFailedException or HttpRequestException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            throw new VaultTransportException($"{error.GetType().Name}.", error);
        }
    }

    private static async Task<ArraySegment<byte>> ReadAsync(Stream? stream, CancellationToken cancellationToken)
    {
        if (stream is null)
        {
            return ArraySegment<byte>.Empty;
        }

        byte[] bytes = GC.AllocateArray<byte>(4_096, pinned: true);
        int size = 0;
        while (await stream.ReadAsync(bytes.AsMemory(size), cancellationToken).ConfigureAwait(false) is > 0 and int read)
        {
            size += read;
            if (size < bytes.Length)
            {
                continue;
            }

            byte[] larger = size < MaximumAnswer ? GC.AllocateArray<byte>(size * 2, pinned: true) : throw new VaultTransportException($"Its answer has {MaximumAnswer} bytes or more.");
            bytes.CopyTo(larger, 0);
            CryptographicOperations.ZeroMemory(bytes);
            bytes = larger;
        }

        return new ArraySegment<byte>(bytes, 0, size);
    }
}
