using ColumnCrypt.Kek.Vault.Http;

namespace ColumnCrypt.Kek.Vault;

/// <summary>
/// Makes calls with a token: gets one when it is first needed, once for all callers; renews it when two thirds of its time are gone, used or not; gets
/// another where that ends, and where Vault knows it no more. Thread-safe.
/// </summary>
/// <param name="uri">The URI of the KEK, for messages.</param>
/// <param name="http">Calls Vault; disposed with the session.</param>
/// <param name="credential">Whose calls they are.</param>
/// <param name="time">The clock.</param>
internal sealed class VaultSession(string uri, VaultHttp http, VaultCredential credential, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_shortestWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_longestWait = TimeSpan.FromDays(20);

    private readonly Lock _gate = new();
    private VaultToken? _token;
    private Task<VaultToken>? _entering;
    private TimeSpan? _firstLease;
    private ITimer? _timer;
    private bool _disposed;
    private volatile Task _renewing = Task.CompletedTask;

    /// <summary>The last renewal, under way or over; for tests.</summary>
    internal Task Renewing => _renewing;

    /// <summary>Makes a call; where its token has died, once more with another one.</summary>
    /// <returns>The answer, of whatever status.</returns>
    /// <exception cref="KekException">Vault cannot be reached, or lets nobody in.</exception>
    /// <exception cref="OperationCanceledException">The call was cancelled.</exception>
    public async Task<VaultAnswer> CallAsync(HttpMethod method, string path, SecretBuffer? body, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var token = await TokenAsync(cancellationToken).ConfigureAwait(false);
        var answer = await http.SendAsync(method, path, token.Value, body, cancellationToken).ConfigureAwait(false);
        if (answer.Status == 403 && await AnotherAsync(token, cancellationToken).ConfigureAwait(false) is { } another)
        {
            answer.Dispose();
            token = another;
            answer = await http.SendAsync(method, path, token.Value, body, cancellationToken).ConfigureAwait(false);
        }

        token.HasWorked |= answer.IsOk;
        return answer;
    }

    /// <summary>Makes a call that is nobody's.</summary>
    public Task<VaultAnswer> CallAnonymouslyAsync(string path, CancellationToken cancellationToken) => http.SendAsync(HttpMethod.Get, path, null, null, cancellationToken);

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _timer?.Dispose();
        }

        http.Dispose();
    }

    private async Task<VaultToken> TokenAsync(CancellationToken cancellationToken)
    {
        Task<VaultToken> entering;
        lock (_gate)
        {
            if (_token is { } token && !(token.ExpiresAt <= time.GetUtcNow()))
            {
                return token;
            }

            entering = Enter();
        }

        return await entering.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    // Null where the token lives and its policies refuse, or where there is no other. A token that Vault has never taken is not replaced, unless that is
    // free: the next one would fare no better.
    private async Task<VaultToken?> AnotherAsync(VaultToken refused, CancellationToken cancellationToken)
    {
        if (!credential.CanLogInAgain || !(refused.HasWorked || credential.IsFree) || !await VaultTokens.IsDeadAsync(http, refused, cancellationToken).ConfigureAwait(false))
        {
            return null;
        }

        Task<VaultToken> entering;
        lock (_gate)
        {
            if (_token is { } current && current.Value != refused.Value)
            {
                return current;
            }

            entering = Enter();
        }

        return await entering.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    // Under the lock. A login belongs to no caller: one that gives up must not use up a secret id for nothing.
    private Task<VaultToken> Enter()
    {
        if (_entering is null or { IsCompleted: true })
        {
            // The renewals that begin there outlive the caller, and must not keep what belongs to it: a request, a trace.
            using (ExecutionContext.IsFlowSuppressed() ? default : ExecutionContext.SuppressFlow())
            {
                _entering = Task.Run(EnterAsync, CancellationToken.None);
            }
        }

        return _entering;
    }

    private async Task<VaultToken> EnterAsync()
    {
        using var patience = new CancellationTokenSource(s_patience, time);
        try
        {
            var token = await credential.LogInAsync(uri, http, time, patience.Token).ConfigureAwait(false);
            lock (_gate)
            {
                _firstLease = token.Lease;
                Take(token);
            }

            return token;
        }
        catch (OperationCanceledException error)
        {
            throw new KekException(KekFailure.Unavailable, $"The Vault of {uri} did not answer a login within {s_patience.TotalSeconds:0} s.", error);
        }
    }

    // Under the lock.
    private void Take(VaultToken token)
    {
        _token = token;
        Schedule(token.Lease * (2.0 / 3));
    }

    // Under the lock.
    private void Schedule(TimeSpan? due)
    {
        _timer?.Dispose();
        _timer = null;
        if (due is { } wait && !_disposed)
        {
            _timer = time.CreateTimer(_ => _renewing = Task.Run(RenewAsync), null, TimeSpan.FromTicks(Math.Clamp(wait.Ticks, s_shortestWait.Ticks, s_longestWait.Ticks)), Timeout.InfiniteTimeSpan);
        }
    }

    private async Task RenewAsync()
    {
        VaultToken? token;
        lock (_gate)
        {
            token = _token;
        }

        if (token is null)
        {
            return;
        }

        using var patience = new CancellationTokenSource(s_patience, time);
        try
        {
            var renewed = token.IsRenewable ? await VaultTokens.RenewAsync(uri, http, token, time, patience.Token).ConfigureAwait(false) : null;
            if (renewed is not null && Replace(token, renewed))
            {
                token = renewed;
            }

            // A lease that has become much shorter is near the end of all renewals.
            if (renewed is null || renewed.Lease < _firstLease / 2)
            {
                await ReplaceAsync(token, patience.Token).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (error is KekException or OperationCanceledException or ObjectDisposedException)
        {
            // Nobody waits for this. It is tried again until the token ends; then the next call logs in itself, and says what is wrong.
            lock (_gate)
            {
                var left = token.ExpiresAt - time.GetUtcNow();
                Schedule(_token == token && left > s_shortestWait ? left / 3 : null);
            }
        }
    }

    // By another token; where there is no other, the old one is left to end.
    private async Task ReplaceAsync(VaultToken token, CancellationToken cancellationToken)
    {
        if (credential.CanLogInAgain)
        {
            Replace(token, await credential.LogInAsync(uri, http, time, cancellationToken).ConfigureAwait(false));
        }
    }

    // False where somebody else has been faster.
    private bool Replace(VaultToken before, VaultToken after)
    {
        lock (_gate)
        {
            if (_token != before)
            {
                return false;
            }

            bool isAnother = after.Value != before.Value;
            _firstLease = isAnother ? after.Lease : _firstLease;
            after.HasWorked |= !isAnother && before.HasWorked;
            Take(after);
            return true;
        }
    }
}
