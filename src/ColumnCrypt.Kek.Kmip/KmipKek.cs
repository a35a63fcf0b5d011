using System.Globalization;
using System.Security.Cryptography;
using ColumnCrypt.Kek.Kmip.Protocol;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Kek.Kmip;

/// <summary>
/// A symmetric key of a key server behind the contract (docs/SPEC.md, SPEC-WRAP-9; docs/kek/kmip.md): Encrypt and Decrypt by AES-GCM with the encoded
/// context as AAD. The KEK never leaves the server; a rewrap brings the data key into this process for a moment. Each wrap names the unique
/// identifier of the key that made it as its version. Every wrap looks the name up in the same request, so that no key wraps that has lost it.
/// </summary>
/// <param name="uri">The URI.</param>
/// <param name="name">The name of the key.</param>
/// <param name="formerKeys">The unique identifiers of the keys that may unwrap, too.</param>
/// <param name="client">The client; disposed with the KEK.</param>
internal sealed class KmipKek(string uri, string name, IReadOnlyCollection<string> formerKeys, KmipClient client) : IKeyEncryptionKey, IDisposable
{
    private static readonly WrapContext s_probe = new(default, "", default, KeyKind.Data);

    private readonly KmipNamedKey _key = new(uri, name, formerKeys, client);

    public string Id => uri;

    public KekCapabilities Capabilities => KekCapabilities.Remote | KekCapabilities.Versions;

    public int? SecurityStrength => _key.Last?.Bits;

    // With the look-up of the name; the answer stays far below what a request allows it.
    public int MaxBatchSize => 60;

    /// <summary>The client; for tests.</summary>
    internal KmipClient Client => client;

    public async ValueTask<WrappedKey> WrapAsync(ReadOnlyMemory<byte> key, WrapContext context, CancellationToken cancellationToken)
    {
        KekArguments.DemandKey(key);
        ArgumentNullException.ThrowIfNull(context);
        cancellationToken.ThrowIfCancellationRequested();
        var current = _key.Last ?? await _key.FindAsync(context, cancellationToken).ConfigureAwait(false);
        var wrapped = await TryWrapAsync(current.Id, key, context, cancellationToken).ConfigureAwait(false);
        if (wrapped is null)
        {
            current = await _key.FindAsync(context, cancellationToken).ConfigureAwait(false);
            wrapped = await TryWrapAsync(current.Id, key, context, cancellationToken).ConfigureAwait(false);
        }

        return wrapped ?? throw new KekException(KekFailure.Unavailable, $"The name in {uri} goes from key to key.");
    }

    public async ValueTask<IReadOnlyList<KekOutcome<WrappedKey>>> WrapManyAsync(IReadOnlyList<WrapInput> inputs, CancellationToken cancellationToken)
    {
        foreach (var input in inputs)
        {
            KekArguments.DemandKey(input.Key);
        }

        cancellationToken.ThrowIfCancellationRequested();
        if (inputs.Count == 0)
        {
            return [];
        }

        var current = _key.Last ?? await _key.FindAsync(null, cancellationToken).ConfigureAwait(false);
        var outcomes = await TryWrapManyAsync(current.Id, inputs, cancellationToken).ConfigureAwait(false);
        if (outcomes is null)
        {
            current = await _key.FindAsync(null, cancellationToken).ConfigureAwait(false);
            outcomes = await TryWrapManyAsync(current.Id, inputs, cancellationToken).ConfigureAwait(false);
        }

        return outcomes ?? throw new KekException(KekFailure.Unavailable, $"The name in {uri} goes from key to key.");
    }

    public async ValueTask<int> UnwrapAsync(WrappedKey wrapped, WrapContext context, Memory<byte> destination, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(wrapped);
        ArgumentNullException.ThrowIfNull(context);
        KekArguments.DemandDestination(destination);
        cancellationToken.ThrowIfCancellationRequested();
        var wrap = Decode(wrapped, context);
        string id = await _key.UnwrappingIdAsync(wrapped, context, cancellationToken).ConfigureAwait(false);
        return await DecryptAsync(id, wrap, context, destination, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<IReadOnlyList<KekOutcome<int>>> UnwrapManyAsync(IReadOnlyList<UnwrapInput> inputs, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var outcomes = new KekOutcome<int>[inputs.Count];
        var sent = new List<(int Index, string Id)>();
        var calls = new List<KmipCall>();
        for (int i = 0; i < inputs.Count; i++)
        {
            var (wrapped, context, destination) = inputs[i];
            KekArguments.DemandDestination(destination);
            try
            {
                var wrap = Decode(wrapped, context);
                string id = await _key.UnwrappingIdAsync(wrapped, context, cancellationToken).ConfigureAwait(false);
                sent.Add((i, id));
                calls.Add(KmipCalls.Decrypt(id, wrap, context.Encode()));
            }
            catch (KekException error) when (!error.IsTransient)
            {
                outcomes[i] = new KekOutcome<int>(0, error);
            }
        }

        if (calls.Count == 0)
        {
            return outcomes;
        }

        var results = await _key.TranslateAsync(null, null, () => client.CallAsync(calls, cancellationToken), cancellationToken).ConfigureAwait(false);
        try
        {
            bool isProved = false;
            for (int i = 0; i < results.Length; i++)
            {
                var result = results[i];
                var (index, id) = sent[i];
                var (_, context, destination) = inputs[index];
                outcomes[index] = await OutcomeAsync(id, context, () => KekArguments.CopyKey(KmipAnswers.Plaintext(result), destination), cancellationToken).ConfigureAwait(false);
                if (outcomes[index].Error?.InnerException is KmipFailureException failure && KmipErrors.MayBeTheWrap(failure.Reason))
                {
                    // Once for all of them.
                    await (isProved ? Task.CompletedTask : ProveAsync(cancellationToken)).ConfigureAwait(false);
                    isProved = true;
                    outcomes[index] = new KekOutcome<int>(0, KmipErrors.Refused(context, failure));
                }
            }
        }
        finally
        {
            foreach (var result in results)
            {
                result.Dispose();
            }
        }

        return outcomes;
    }

    public async ValueTask<WrappedKey> RewrapAsync(WrappedKey wrapped, WrapContext context, CancellationToken cancellationToken)
    {
        byte[] secret = GC.AllocateArray<byte>(KekArguments.MaximumKeySize, pinned: true);
        try
        {
            int size = await UnwrapAsync(wrapped, context, secret, cancellationToken).ConfigureAwait(false);
            return await WrapAsync(secret.AsMemory(0, size), context, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    public async ValueTask<IReadOnlyList<KekOutcome<WrappedKey>>> RewrapManyAsync(IReadOnlyList<RewrapInput> inputs, CancellationToken cancellationToken)
    {
        byte[] secrets = GC.AllocateArray<byte>(KekArguments.MaximumKeySize * inputs.Count, pinned: true);
        try
        {
            var opened = await UnwrapManyAsync(
                [.. inputs.Select((input, i) => new UnwrapInput(input.Wrapped, input.Context, secrets.AsMemory(i * KekArguments.MaximumKeySize, KekArguments.MaximumKeySize)))], cancellationToken).ConfigureAwait(false);
            int[] open = [.. Enumerable.Range(0, inputs.Count).Where(i => opened[i].Error is null)];
            var wrapped = await WrapManyAsync(
                [.. open.Select(i => new WrapInput(secrets.AsMemory(i * KekArguments.MaximumKeySize, opened[i].Value), inputs[i].Context))], cancellationToken).ConfigureAwait(false);
            var outcomes = opened.Select(static outcome => new KekOutcome<WrappedKey>(null, outcome.Error)).ToArray();
            for (int i = 0; i < open.Length; i++)
            {
                outcomes[open[i]] = wrapped[i];
            }

            return outcomes;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secrets);
        }
    }

    public async ValueTask CheckAsync(CancellationToken cancellationToken)
    {
        var key = await _key.FindAsync(null, cancellationToken).ConfigureAwait(false);
        if (KmipErrors.OfState(uri, key.State, null) is { } unusable)
        {
            throw unusable;
        }

        await ProveAsync(cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<IReadOnlyList<KeyValuePair<string, string>>> DescribeAsync(CancellationToken cancellationToken)
    {
        var key = await _key.FindAsync(null, cancellationToken).ConfigureAwait(false);
        return
        [
            new("name", name),
            new("identifier", key.Id),
            new("key", string.Create(CultureInfo.InvariantCulture, $"AES, {key.Bits} bits")),
            new("state", key.State.ToString()),
        ];
    }

    public void Dispose() => client.Dispose();

    private static KmipWrap Decode(WrappedKey wrapped, WrapContext context) => KmipWrap.Decode(wrapped.Bytes.Span)
        ?? throw new KekException(KekFailure.WrongContextOrTampered, $"The wrap of the {context} has {wrapped.Bytes.Length} bytes that are no wrap of a kmip: KEK.");

    // Null where the name belongs to another key.
    private Task<IReadOnlyList<KekOutcome<WrappedKey>>?> TryWrapManyAsync(string id, IReadOnlyList<WrapInput> inputs, CancellationToken cancellationToken) =>
        _key.TranslateAsync<IReadOnlyList<KekOutcome<WrappedKey>>?>(id, null, async () =>
        {
            var results = await client.CallAsync(
                [KmipCalls.Locate(name), .. inputs.Select(input => KmipCalls.Encrypt(id, input.Key, input.Context.Encode()))], cancellationToken).ConfigureAwait(false);
            if (KmipAnswers.TheOne(uri, results[0]) != id)
            {
                return null;
            }

            var outcomes = new KekOutcome<WrappedKey>[inputs.Count];
            for (int i = 0; i < outcomes.Length; i++)
            {
                int index = i;
                outcomes[i] = await OutcomeAsync(
                    id, inputs[i].Context, () => new WrappedKey(id, KmipAnswers.Wrap(results[index + 1], id, inputs[index].Key.Length).Encode()), cancellationToken).ConfigureAwait(false);
            }

            return outcomes;
        }, cancellationToken);

    private async Task<KekOutcome<T>> OutcomeAsync<T>(string id, WrapContext context, Func<T> read, CancellationToken cancellationToken)
    {
        try
        {
            return new KekOutcome<T>(await _key.TranslateAsync(id, context, () => Task.FromResult(read()), cancellationToken).ConfigureAwait(false));
        }
        catch (KekException error)
        {
            return new KekOutcome<T>(default, error);
        }
    }

    // Null where the name belongs to another key.
    private Task<WrappedKey?> TryWrapAsync(string id, ReadOnlyMemory<byte> key, WrapContext context, CancellationToken cancellationToken) =>
        _key.TranslateAsync<WrappedKey?>(id, context, async () =>
        {
            var results = await client.CallAsync([KmipCalls.Locate(name), KmipCalls.Encrypt(id, key, context.Encode())], cancellationToken).ConfigureAwait(false);
            return KmipAnswers.TheOne(uri, results[0]) == id ? new WrappedKey(id, KmipAnswers.Wrap(results[1], id, key.Length).Encode()) : null;
        }, cancellationToken);

    private async Task<int> DecryptAsync(string id, KmipWrap wrap, WrapContext context, Memory<byte> destination, CancellationToken cancellationToken)
    {
        try
        {
            return await _key.TranslateAsync(id, context, async () =>
            {
                using var result = await client.CallAsync(KmipCalls.Decrypt(id, wrap, context.Encode()), cancellationToken).ConfigureAwait(false);
                return KekArguments.CopyKey(KmipAnswers.Plaintext(result), destination);
            }, cancellationToken).ConfigureAwait(false);
        }
        catch (KekException error) when (error.InnerException is KmipFailureException { Operation: Operation.Decrypt } failure && KmipErrors.MayBeTheWrap(failure.Reason))
        {
            // Some servers have one error for a changed wrap and for a fault of theirs: a wrap that is good tells them apart.
            await ProveAsync(cancellationToken).ConfigureAwait(false);
            throw KmipErrors.Refused(context, failure);
        }
    }

    // Wraps and unwraps bytes that are no key.
    private async Task ProveAsync(CancellationToken cancellationToken)
    {
        byte[] probe = new byte[KekArguments.MinimumKeySize];
        byte[] opened = new byte[KekArguments.MaximumKeySize];
        var wrapped = await WrapAsync(probe, s_probe, cancellationToken).ConfigureAwait(false);
        int size = await _key.TranslateAsync(wrapped.KekVersion, s_probe, async () =>
        {
            using var result = await client.CallAsync(KmipCalls.Decrypt(wrapped.KekVersion, KmipWrap.Decode(wrapped.Bytes.Span)!, s_probe.Encode()), cancellationToken).ConfigureAwait(false);
            return KekArguments.CopyKey(KmipAnswers.Plaintext(result), opened);
        }, cancellationToken).ConfigureAwait(false);
        if (!probe.AsSpan().SequenceEqual(opened.AsSpan(0, size)))
        {
            throw new KekException(KekFailure.Unavailable, $"The key server gives back other bytes than {uri} has wrapped. Do not use it.");
        }
    }
}
