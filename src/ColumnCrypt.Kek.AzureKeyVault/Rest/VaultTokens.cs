using Azure.Core;

namespace ColumnCrypt.Kek.AzureKeyVault.Rest;

/// <summary>
/// The token of one identity for one vault, kept until shortly before it expires. One request for a token is under way at a time; a caller that gives up does not end it, so that
/// a slow one is there for the next attempt. Thread-safe.
/// </summary>
/// <param name="credential">Whose token.</param>
/// <param name="time">The clock.</param>
internal sealed class VaultTokens(TokenCredential credential, TimeProvider time)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_ahead = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan s_margin = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private AccessToken _held;
    private DateTimeOffset _refreshOn;
    private Task<AccessToken>? _fetching;

    /// <summary>The token that is held, or a new one.</summary>
    /// <param name="challenge">What the vault wants.</param>
    /// <param name="scope">For what it is: of the vault's own resource.</param>
    /// <param name="refused">A token that the vault did not take; null for none.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task<string> GetAsync(VaultChallenge challenge, string scope, string? refused, CancellationToken cancellationToken)
    {
        Task<AccessToken> fetching;
        lock (_gate)
        {
            var now = time.GetUtcNow();
            bool isUsable = _held.Token is { } held && held != refused && now < _held.ExpiresOn - s_margin;
            if (isUsable && now < _refreshOn)
            {
                return _held.Token;
            }

            fetching = _fetching ??= Observed(FetchAsync(challenge, scope));
            if (isUsable)
            {
                // Ahead of need: the one that is held still serves; where no other is to be had, the next try is a little later.
                _refreshOn = now + s_margin;
                return _held.Token;
            }
        }

        return (await fetching.WaitAsync(cancellationToken).ConfigureAwait(false)).Token;
    }

    // Nobody may be left to see how it ends.
    private static Task<AccessToken> Observed(Task<AccessToken> fetching)
    {
        _ = fetching.ContinueWith(static task => task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        return fetching;
    }

    private async Task<AccessToken> FetchAsync(VaultChallenge challenge, string scope)
    {
        // Beyond the lock of the caller's.
        await Task.Yield();
        try
        {
            using var patience = new CancellationTokenSource(s_patience, time);
            var context = new TokenRequestContext([scope], claims: challenge.Claims, tenantId: challenge.Directory, isCaeEnabled: true);
            var token = await credential.GetTokenAsync(context, patience.Token).ConfigureAwait(false);
            lock (_gate)
            {
                _held = token;
                _refreshOn = token.RefreshOn ?? token.ExpiresOn - s_ahead;
            }

            return token;
        }
        finally
        {
            lock (_gate)
            {
                _fetching = null;
            }
        }
    }
}
