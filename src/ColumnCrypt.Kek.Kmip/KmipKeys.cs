using ColumnCrypt.Kek.Kmip.Protocol;

namespace ColumnCrypt.Kek.Kmip;

/// <summary>
/// Makes, re-keys and ends the key that a <c>kmip:</c> URI names, for its administrator: the application needs none of this. Thread-safe. Every failure but cancellation is a
/// <see cref="KekException"/>; nothing is tried again.
/// </summary>
public sealed class KmipKeys : IDisposable
{
    private readonly string _uri;
    private readonly string _name;
    private readonly KmipClient _client;

    /// <summary>Does no I/O.</summary>
    /// <param name="uri">The URI of the KEK.</param>
    /// <param name="options">How its key server is reached: the client certificate is the administrator's.</param>
    /// <exception cref="EncryptionModelException">The URI or the options are malformed; the message says how to write them.</exception>
    public KmipKeys(string uri, KmipOptions options)
    {
        ArgumentNullException.ThrowIfNull(uri);
        ArgumentNullException.ThrowIfNull(options);
        const string Scheme = "kmip";
        var key = uri.StartsWith(Scheme + ":", StringComparison.Ordinal) ? KmipUri.Parse(uri, Scheme) : throw new EncryptionModelException("The URI of a KEK in a key server is written kmip:HOST:PORT/NAME.");
        _uri = uri;
        _name = key.Name;
        _client = KmipClient.Create(uri, key.Endpoint, options);
    }

    /// <summary>Makes an AES key of 256 bits with the name of the URI, for Encrypt and Decrypt, and activates it.</summary>
    /// <param name="cancellationToken">Cancels the call; a key may have been made.</param>
    /// <returns>Its unique identifier.</returns>
    /// <exception cref="KekException">It was not made; <see cref="KekFailure.Denied"/> also where the name is taken.</exception>
    public Task<string> CreateAsync(CancellationToken cancellationToken = default) => TranslateAsync(async () =>
    {
        using var located = await _client.CallAsync(KmipCalls.Locate(_name), cancellationToken).ConfigureAwait(false);
        if (located.Payload.TryFind(Tag.UniqueIdentifier, out _))
        {
            throw new KekException(KekFailure.Denied, $"The key server has a symmetric key of the name in {_uri}. Take another name, or re-key it.");
        }

        string id = await CallAsync(KmipCalls.Create(_name), cancellationToken).ConfigureAwait(false);
        return await CallAsync(KmipCalls.Activate(id), cancellationToken).ConfigureAwait(false);
    });

    /// <summary>The unique identifier of the one symmetric key that has the name of the URI.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="KekException">There is none, or there are several.</exception>
    public Task<string> FindAsync(CancellationToken cancellationToken = default) =>
        TranslateAsync(async () => KmipAnswers.TheOne(_uri, await _client.CallAsync(KmipCalls.Locate(_name), cancellationToken).ConfigureAwait(false)));

    /// <summary>
    /// Has the key server make a new key that takes over the name, and activates it where the server has not. Wraps of the former one are unwrapped where
    /// <see cref="KmipOptions.FormerKeys"/> names it; it stays active until it is revoked.
    /// </summary>
    /// <param name="cancellationToken">Cancels the call; a key may have been made.</param>
    /// <returns>The unique identifier of the new key.</returns>
    /// <exception cref="KekException">It was not re-keyed.</exception>
    public Task<string> RekeyAsync(CancellationToken cancellationToken = default) => TranslateAsync(async () =>
    {
        string former = KmipAnswers.TheOne(_uri, await _client.CallAsync(KmipCalls.Locate(_name), cancellationToken).ConfigureAwait(false));
        string id = await CallAsync(KmipCalls.Rekey(former), cancellationToken).ConfigureAwait(false);
        var key = KmipAnswers.Key(_uri, await _client.CallAsync(KmipCalls.GetAttributes(id), cancellationToken).ConfigureAwait(false));
        return key.State == KeyState.PreActive ? await CallAsync(KmipCalls.Activate(id), cancellationToken).ConfigureAwait(false) : id;
    });

    /// <summary>
    /// Revokes a key: no key server wraps with it any more, and most, as PyKMIP does, do not unwrap either. Rewrap before.
    /// </summary>
    /// <param name="identifier">The unique identifier of the key.</param>
    /// <param name="isCompromised">True where others may know the key: it becomes Compromised, else Deactivated.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="KekException">It was not revoked.</exception>
    public Task RevokeAsync(string identifier, bool isCompromised = false, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(identifier);
        return TranslateAsync(() => CallAsync(KmipCalls.Revoke(identifier, isCompromised ? RevocationReason.KeyCompromise : RevocationReason.CessationOfOperation), cancellationToken));
    }

    /// <summary>Destroys a key that is revoked, for good: what only it has wrapped is lost.</summary>
    /// <param name="identifier">The unique identifier of the key.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="KekException">It was not destroyed.</exception>
    public Task DestroyAsync(string identifier, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(identifier);
        return TranslateAsync(() => CallAsync(KmipCalls.Destroy(identifier), cancellationToken));
    }

    /// <summary>Closes the connections. May be called again.</summary>
    public void Dispose() => _client.Dispose();

    private async Task<string> CallAsync(KmipCall call, CancellationToken cancellationToken) => KmipAnswers.Id(await _client.CallAsync(call, cancellationToken).ConfigureAwait(false));

    private async Task<string> TranslateAsync(Func<Task<string>> call)
    {
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (KmipFailureException error)
        {
            throw KmipErrors.Translate(_uri, null, error);
        }
        catch (TtlvException error)
        {
            throw KmipErrors.NoKmip(_uri, error);
        }
    }
}
