using ColumnCrypt.Kek.Kmip.Protocol;

namespace ColumnCrypt.Kek.Kmip;

/// <summary>The key that a name stands for on a key server, now. Thread-safe.</summary>
/// <param name="uri">The URI, for errors.</param>
/// <param name="name">The name of the key.</param>
/// <param name="formerKeys">The unique identifiers of the keys that may unwrap, too.</param>
/// <param name="client">The client.</param>
internal sealed class KmipNamedKey(string uri, string name, IReadOnlyCollection<string> formerKeys, KmipClient client)
{
    private volatile KmipKey? _key;

    /// <summary>The key as it was found last; null before.</summary>
    public KmipKey? Last => _key;

    /// <summary>The identifier of the key that opens a wrap. Its version stands in a table that others may write to: only a key that the configuration names, or that has the name, is asked.</summary>
    /// <exception cref="KekException">It is neither.</exception>
    public async Task<string> UnwrappingIdAsync(WrappedKey wrapped, WrapContext context, CancellationToken cancellationToken)
    {
        if (formerKeys.Contains(wrapped.KekVersion) || _key?.Id == wrapped.KekVersion)
        {
            return wrapped.KekVersion;
        }

        var current = await FindAsync(context, cancellationToken).ConfigureAwait(false);
        return current.Id == wrapped.KekVersion
            ? current.Id
            : throw new KekException(KekFailure.WrongContextOrTampered, $"The wrap of the {context} was made by another key than {uri} is now. Where it was re-keyed, name the identifier of the former key in FormerKeys.");
    }

    /// <summary>Asks the server which key has the name now, and what it is.</summary>
    /// <exception cref="KekException">None has, or several have, or the server does not answer.</exception>
    public Task<KmipKey> FindAsync(WrapContext? context, CancellationToken cancellationToken) => TranslateAsync(null, context, async () =>
    {
        string id = KmipAnswers.TheOne(uri, await client.CallAsync(KmipCalls.Locate(name), cancellationToken).ConfigureAwait(false));
        return _key = await KeyAsync(id, cancellationToken).ConfigureAwait(false);
    }, cancellationToken);

    /// <summary>Makes a call; what the server refuses it with is said in the contract's words.</summary>
    /// <param name="id">The identifier of the key of the call, whose state is asked where that may be why; null where there is none.</param>
    /// <param name="context">What the key of the call is bound to; null where it is about no key.</param>
    /// <param name="call">The call.</param>
    /// <param name="cancellationToken">Cancels the question for the state.</param>
    /// <exception cref="KekException">It failed.</exception>
    public async Task<T> TranslateAsync<T>(string? id, WrapContext? context, Func<Task<T>> call, CancellationToken cancellationToken)
    {
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (KmipFailureException error) when (id is not null && KmipErrors.MayBeTheState(error.Reason))
        {
            throw await OfStateAsync(id, error, cancellationToken).ConfigureAwait(false) ?? KmipErrors.Translate(uri, context, error);
        }
        catch (KmipFailureException error)
        {
            throw KmipErrors.Translate(uri, context, error);
        }
        catch (TtlvException error)
        {
            throw KmipErrors.NoKmip(uri, error);
        }
    }

    private async Task<KmipKey> KeyAsync(string id, CancellationToken cancellationToken) =>
        KmipAnswers.Key(uri, await client.CallAsync(KmipCalls.GetAttributes(id), cancellationToken).ConfigureAwait(false));

    private Task<KekException?> OfStateAsync(string id, KmipFailureException error, CancellationToken cancellationToken) =>
        TranslateAsync<KekException?>(null, null, async () => KmipErrors.OfState(uri, (await KeyAsync(id, cancellationToken).ConfigureAwait(false)).State, error), cancellationToken);
}
