using Google.Apis.Auth.OAuth2;
using Google.Apis.Auth.OAuth2.Responses;

namespace ColumnCrypt.Kek.GoogleKms.Rest;

/// <summary>The tokens of one identity. Google.Apis.Auth keeps them, and renews them before they expire. Thread-safe.</summary>
/// <param name="find">Finds the identity; called again where that failed.</param>
internal sealed class GoogleTokens(Func<Task<GoogleCredential>> find) : IDisposable
{
    private const string Scope = "https://www.googleapis.com/auth/cloudkms";

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _renewing = new(1);
    private Task<GoogleCredential>? _credential;

    /// <summary>A token, with the headers that go with it.</summary>
    /// <param name="refused">A token that the service did not take: another one is asked for; null for none.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="GoogleTokenException">There is none.</exception>
    public async Task<AccessTokenWithHeaders> GetAsync(string? refused, CancellationToken cancellationToken)
    {
        try
        {
            // Looking for it goes on where a caller gives up, so that it is there for the next attempt.
            var credential = await CredentialAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
            var token = await TokenAsync(credential, cancellationToken).ConfigureAwait(false);
            return token.AccessToken == refused ? await RenewAsync(credential, refused, cancellationToken).ConfigureAwait(false) : token;
        }
        catch (Exception error) when (error is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            throw new GoogleTokenException($"No token is to be had: {error.GetType().Name}.", IsTransient(error), error);
        }
    }

    public void Dispose() => _renewing.Dispose();

    private Task<GoogleCredential> CredentialAsync()
    {
        lock (_gate)
        {
            return _credential is { IsFaulted: false, IsCanceled: false } found ? found : _credential = Observed(FindAsync());
        }
    }

    // Nobody may be left to see how it ends.
    private static Task<GoogleCredential> Observed(Task<GoogleCredential> finding)
    {
        _ = finding.ContinueWith(static task => task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        return finding;
    }

    private async Task<GoogleCredential> FindAsync()
    {
        // Beyond the lock of the caller's.
        await Task.Yield();
        var credential = await find().ConfigureAwait(false);
        return credential.IsCreateScopedRequired ? credential.CreateScoped(Scope) : credential;
    }

    private static Task<AccessTokenWithHeaders> TokenAsync(GoogleCredential credential, CancellationToken cancellationToken) =>
        ((ITokenAccessWithHeaders)credential).GetAccessTokenWithHeadersForRequestAsync(cancellationToken: cancellationToken);

    // One caller asks; the others find what it got.
    private async Task<AccessTokenWithHeaders> RenewAsync(GoogleCredential credential, string refused, CancellationToken cancellationToken)
    {
        await _renewing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var token = await TokenAsync(credential, cancellationToken).ConfigureAwait(false);
            if (token.AccessToken != refused)
            {
                return token;
            }

            _ = credential.UnderlyingCredential switch
            {
                ServiceCredential service => await service.RequestAccessTokenAsync(cancellationToken).ConfigureAwait(false),
                UserCredential user => await user.RefreshTokenAsync(cancellationToken).ConfigureAwait(false),
                _ => false,
            };
            return await TokenAsync(credential, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _renewing.Release();
        }
    }

    private static bool IsTransient(Exception? error)
    {
        for (; error is not null; error = error.InnerException)
        {
            if (error is HttpRequestException or IOException or OperationCanceledException or ObjectDisposedException or System.Net.Sockets.SocketException
                || (error is TokenResponseException { StatusCode: { } status } && (int)status is 408 or 429 or >= 500))
            {
                return true;
            }
        }

        return false;
    }
}
