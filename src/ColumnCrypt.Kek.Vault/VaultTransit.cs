using System.Text.Json;
using ColumnCrypt.Kek.Vault.Http;

namespace ColumnCrypt.Kek.Vault;

/// <summary>The calls of the transit engine about one key. Thread-safe.</summary>
/// <param name="uri">The URI of the KEK, for messages.</param>
/// <param name="name">The key.</param>
/// <param name="allowWeak">True to take a key that may be exported.</param>
/// <param name="session">Makes the calls; disposed with this.</param>
internal sealed class VaultTransit(string uri, VaultKeyName name, bool allowWeak, VaultSession session) : IDisposable
{
    // Encrypting with a key that is missing would make it. The type is that of the key to make, and looked at then alone; none is made of one that does not encrypt.
    private const string TypeThatIsNeverMade = "ecdsa-p256";

    private const int ItemSize = 640;

    /// <summary>Makes the calls; for tests.</summary>
    internal VaultSession Session => session;

    /// <summary>What the server says of itself. Its status is not an error: a standby says 429, for one.</summary>
    public async Task<string> ServerAsync(CancellationToken cancellationToken)
    {
        using var health = await session.CallAnonymouslyAsync("sys/health", cancellationToken).ConfigureAwait(false);
        return VaultAnswer.Text(health.Root, "version") is { } version
            ? $"{version}, {(VaultAnswer.IsTrue(health.Root, "sealed") ? "sealed" : VaultAnswer.IsTrue(health.Root, "standby") ? "standby" : "active")}"
            : "not known: sys/health does not say";
    }

    /// <exception cref="KekException">There is no such key, or it is no KEK.</exception>
    public async Task<VaultKey> ReadKeyAsync(CancellationToken cancellationToken)
    {
        using var answer = await session.CallAsync(HttpMethod.Get, $"{name.Mount}/keys/{name.Name}", null, cancellationToken).ConfigureAwait(false);
        if (!answer.IsOk)
        {
            throw VaultErrors.Translate(uri, null, answer);
        }

        var key = VaultKey.Of(answer.Data) ?? throw VaultErrors.NoVault(uri);
        return key.Mistake(name, allowWeak) is { } mistake ? throw new KekException(KekFailure.Denied, $"The key of {uri} {mistake}") : key;
    }

    /// <summary>Calls with one input.</summary>
    /// <param name="operation">encrypt, decrypt or rewrap.</param>
    /// <param name="item">The input.</param>
    /// <param name="read">Reads its result.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="KekException">It failed.</exception>
    public async Task<T> CallAsync<T>(string operation, VaultItem item, Func<JsonElement, T> read, CancellationToken cancellationToken)
    {
        if (item.Error is { } error)
        {
            throw error;
        }

        using var answer = await PostAsync(operation, 1, item.WriteTo, cancellationToken).ConfigureAwait(false);
        return answer.IsOk ? read(answer.Data) : throw await FailureAsync(answer, item, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Calls with some inputs in one request.</summary>
    /// <param name="operation">encrypt, decrypt or rewrap.</param>
    /// <param name="items">The inputs.</param>
    /// <param name="read">Reads the result of one of them.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="KekException">The call itself failed.</exception>
    public async Task<IReadOnlyList<KekOutcome<T>>> CallManyAsync<T>(string operation, IReadOnlyList<VaultItem> items, Func<JsonElement, int, T> read, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var outcomes = items.Select(static item => new KekOutcome<T>(default, item.Error)).ToArray();
        int[] sent = [.. Enumerable.Range(0, items.Count).Where(i => items[i].Error is null)];
        if (sent.Length == 0)
        {
            return outcomes;
        }

        using var answer = await PostAsync(operation, sent.Length, json =>
        {
            json.WriteStartArray("batch_input");
            foreach (int i in sent)
            {
                json.WriteStartObject();
                items[i].WriteTo(json);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }, cancellationToken).ConfigureAwait(false);

        // Vault 1.5 says 200 where items failed, later ones 400: the results are what counts.
        if (VaultAnswer.Member(answer.Data, "batch_results") is not { ValueKind: JsonValueKind.Array } results || results.GetArrayLength() != sent.Length)
        {
            throw answer.IsOk ? VaultErrors.NoVault(uri) : await FailureAsync(answer, null, cancellationToken).ConfigureAwait(false);
        }

        VaultKey? key = null;
        for (int i = 0; i < sent.Length; i++)
        {
            var item = items[sent[i]];
            if (VaultAnswer.Text(results[i], "error") is { Length: > 0 } words)
            {
                bool Says(string some) => words.Contains(some, StringComparison.Ordinal);
                key = VaultErrors.IsTooOld(Says) ? key ?? await ReadKeyAsync(cancellationToken).ConfigureAwait(false) : key;
                outcomes[sent[i]] = new KekOutcome<T>(default, Failure(item, key, Says));
                continue;
            }

            try
            {
                outcomes[sent[i]] = new KekOutcome<T>(read(results[i], sent[i]));
            }
            catch (KekException error)
            {
                outcomes[sent[i]] = new KekOutcome<T>(default, error);
            }
        }

        return outcomes;
    }

    public void Dispose() => session.Dispose();

    private async Task<VaultAnswer> PostAsync(string operation, int count, Action<Utf8JsonWriter> input, CancellationToken cancellationToken)
    {
        using var body = new SecretBuffer(1024 + (count * ItemSize));
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            input(json);
            if (operation == "encrypt")
            {
                json.WriteString("type", TypeThatIsNeverMade);
            }

            json.WriteEndObject();
        }

        return await session.CallAsync(HttpMethod.Post, $"{name.Mount}/{operation}/{name.Name}", body, cancellationToken).ConfigureAwait(false);
    }

    private async Task<KekException> FailureAsync(VaultAnswer answer, VaultItem? item, CancellationToken cancellationToken)
    {
        // Refused may be one that would have to make the key first, because it is gone; and too old is one that is gone, or that may come back.
        var key = answer.Status == 403 || VaultErrors.IsTooOld(answer.Says) ? await ReadKeyAsync(cancellationToken).ConfigureAwait(false) : null;
        return answer.Status == 400 ? Failure(item, key, answer.Says) : VaultErrors.Translate(uri, item?.Context, answer);
    }

    private KekException Failure(VaultItem? item, VaultKey? key, Func<string, bool> says) =>
        VaultErrors.IsTooOld(says) && key is not null && item?.Version is { } version && VaultCiphertext.Number(version) < key.MinAvailableVersion
            ? VaultErrors.Trimmed(uri, version)
            : VaultErrors.OfItem(uri, item?.Context, says);
}
