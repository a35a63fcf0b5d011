using System.Collections.Concurrent;
using System.Diagnostics;
using ColumnCrypt.Crypto;
using ColumnCrypt.Diagnostics;
using ColumnCrypt.Format;
using ColumnCrypt.Kek;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Keys;

/// <summary>
/// Calls the KEKs that the configuration allows, and no other: with a timeout, a bound on calls under way, and metrics.
/// Thread-safe.
/// </summary>
internal sealed class KekCaller(KekRegistry keks, IReadOnlyList<string> wrapping, KeyBounds bounds, RingServices services) : IDisposable
{
    private readonly SemaphoreSlim _slots = new(bounds.MaxConcurrentKekCalls);
    private readonly ConcurrentDictionary<string, bool> _unwrappedThrough = new(StringComparer.Ordinal);

    /// <summary>The URIs of the KEKs that the configuration allows, in its order.</summary>
    public IEnumerable<string> AllowedIds => keks.Allowed.Select(static kek => kek.Id);

    /// <summary>The URIs of the KEKs through which this process has unwrapped a key, in ordinal order.</summary>
    public IReadOnlyList<string> UnwrappedThrough => [.. _unwrappedThrough.Keys.Order(StringComparer.Ordinal)];

    public bool IsAllowed(string kekId) => keks.Find(kekId) is not null;

    /// <summary>True where an allowed KEK wraps with a public key: then anybody can make a wrap.</summary>
    public bool AnyoneCanWrap => keks.Allowed.Any(static kek => kek.Capabilities.HasFlag(KekCapabilities.PublicWrap));

    /// <summary>Wraps a key under the first KEK that the configuration wraps with and the store has not retired.</summary>
    /// <exception cref="KeyUnavailableException">There is none, or it does not answer.</exception>
    public Task<WrapRecord> WrapAsync(ReadOnlyMemory<byte> key, WrapContext context, KekStanding standing, DateTimeOffset now, CancellationToken cancellationToken) =>
        wrapping.FirstOrDefault(standing.MayWrap) is { } kekId
            ? WrapAsync(kekId, key, context, now, cancellationToken)
            : throw new KeyUnavailableException(
                KeyUnavailableReason.KekNotAllowed,
                $"No key can be wrapped: {string.Join(", ", wrapping)} is retired or destroyed in the key store. Name its successor in the configuration with UseKek.");

    /// <summary>Wraps a key under one KEK.</summary>
    public Task<WrapRecord> WrapUnderAsync(string kekId, ReadOnlyMemory<byte> key, WrapContext context, DateTimeOffset now) =>
        WrapAsync(kekId, key, context, now, CancellationToken.None);

    /// <summary>Wraps anew under the newest version of the KEK that made a wrap.</summary>
    public async Task<WrapRecord> RewrapAsync(WrapRecord wrap, WrapContext context, DateTimeOffset now)
    {
        var kek = Demand(wrap.KekId);
        var wrapped = await CallAsync(
            "rewrap", kek, context, token => kek.RewrapAsync(new WrappedKey(wrap.KekVersion, wrap.Wrapped), context, token), CancellationToken.None).ConfigureAwait(false);
        return Record(kek, wrapped, context, now);
    }

    /// <summary>Unwraps a key through the first of its wraps that an allowed KEK opens: by the store's order, then the configuration's.</summary>
    /// <returns>The size of the key in bytes.</returns>
    /// <exception cref="KeyUnavailableException">No allowed KEK opened a wrap; the reason is that of the first one tried.</exception>
    public async Task<int> UnwrapAsync(
        IEnumerable<WrapRecord> wraps, WrapContext context, Memory<byte> destination, CancellationToken cancellationToken, KekStanding? standing = null)
    {
        KeyUnavailableException? first = null;
        var candidates = wraps.Where(static wrap => wrap.Wrapped is not null).ToList();
        foreach (var kek in standing is null ? keks.Allowed : standing.Sort(keks.Allowed))
        {
            foreach (var wrap in candidates.Where(wrap => wrap.KekId == kek.Id).OrderByDescending(static wrap => wrap.ValidFrom))
            {
                try
                {
                    var wrapped = new WrappedKey(wrap.KekVersion, wrap.Wrapped);
                    int size = await CallAsync("unwrap", kek, context, token => kek.UnwrapAsync(wrapped, context, destination, token), cancellationToken).ConfigureAwait(false);
                    _unwrappedThrough.TryAdd(kek.Id, true);
                    return size;
                }
                catch (KeyUnavailableException error)
                {
                    first ??= error;
                }
            }
        }

        if (first is not null)
        {
            throw first;
        }

        if (candidates.Count == 0)
        {
            throw new KeyUnavailableException(
                KeyUnavailableReason.Tampered,
                $"The {context} of tenant '{context.Tenant}' has no wrap, although it is not destroyed. Restore the key tables from a backup that has one.");
        }

        foreach (var wrap in candidates)
        {
            services.Logger.KekRefused(wrap.KekId);
        }

        throw new KeyUnavailableException(
            KeyUnavailableReason.KekNotAllowed,
            $"The {context} of tenant '{context.Tenant}' is wrapped only by KEKs that this configuration does not allow. If one of them is yours, add it with AllowKek.");
    }

    /// <summary>Proves a KEK live with a key that is thrown away: wraps, unwraps, and unwraps under a context that must be refused.</summary>
    public async Task<KekProbe> ProbeAsync(string kekId, KeyId installationId, CancellationToken cancellationToken)
    {
        var kek = Demand(kekId);
        using var secret = services.Memory.Rent(SecretMemory.SlotSize);
        SystemRandom.Fill(secret.GetSpan()[..Kdf.Size]);
        byte[] commitment = Kdf.Commitment(secret.GetSpan()[..Kdf.Size]);
        var id = new KeyId(commitment.AsSpan(0, KeyId.Size));
        var context = new WrapContext(installationId, "", id, KeyKind.Data);
        long start = services.Time.GetTimestamp();
        var wrapped = await CallAsync("wrap", kek, context, token => kek.WrapAsync(secret.Memory[..Kdf.Size], context, token), cancellationToken).ConfigureAwait(false);
        var wrapping = services.Time.GetElapsedTime(start);
        start = services.Time.GetTimestamp();
        int size = await CallAsync("unwrap", kek, context, token => kek.UnwrapAsync(wrapped, context, secret.Memory, token), cancellationToken).ConfigureAwait(false);
        var unwrapping = services.Time.GetElapsedTime(start);
        if (!Kdf.Commitment(secret.GetSpan()[..size]).AsSpan().SequenceEqual(commitment))
        {
            throw new KeyUnavailableException(KeyUnavailableReason.Tampered, $"The KEK {kekId} gives back another key than it has wrapped. Do not use it.");
        }

        return new KekProbe(wrapped.KekVersion, wrapping, unwrapping, await RefusesAsync(kek, wrapped, context with { Tenant = "another" }, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Closes the KEKs: those of this process are zeroed.</summary>
    public void Dispose() => keks.Dispose();

    private async Task<WrapRecord> WrapAsync(string kekId, ReadOnlyMemory<byte> key, WrapContext context, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var kek = Demand(kekId);
        var wrapped = await CallAsync("wrap", kek, context, token => kek.WrapAsync(key, context, token), cancellationToken).ConfigureAwait(false);
        return Record(kek, wrapped, context, now);
    }

    private async Task<bool> RefusesAsync(IKeyEncryptionKey kek, WrappedKey wrapped, WrapContext wrong, CancellationToken cancellationToken)
    {
        using var nothing = services.Memory.Rent(SecretMemory.SlotSize);
        try
        {
            await CallAsync("unwrap", kek, wrong, token => kek.UnwrapAsync(wrapped, wrong, nothing.Memory, token), cancellationToken).ConfigureAwait(false);
            return false;
        }
        catch (KeyUnavailableException error) when (error.Reason is KeyUnavailableReason.Tampered or KeyUnavailableReason.Denied)
        {
            return true;
        }
    }

    private static WrapRecord Record(IKeyEncryptionKey kek, WrappedKey wrapped, WrapContext context, DateTimeOffset now) => new()
    {
        KeyId = context.KeyId,
        KekId = kek.Id,
        KekVersion = wrapped.KekVersion,
        Wrapped = wrapped.Bytes.ToArray(),
        ValidFrom = now,
    };

    private IKeyEncryptionKey Demand(string kekId) => keks.Find(kekId) ?? throw new KeyUnavailableException(
        KeyUnavailableReason.KekNotAllowed, $"The configuration does not allow the KEK {kekId}. Name it there with UseKek or AllowKek.");

    private async Task<T> CallAsync<T>(string operation, IKeyEncryptionKey kek, WrapContext context, Func<CancellationToken, ValueTask<T>> call, CancellationToken cancellationToken)
    {
        await _slots.WaitAsync(cancellationToken).ConfigureAwait(false);
        long start = services.Time.GetTimestamp();
        string outcome = "ok";
        using var activity = services.Metrics.Activities.StartActivity("columncrypt.kek." + operation);
        using var timeout = new CancellationTokenSource(bounds.KekTimeout, services.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await call(both.Token).ConfigureAwait(false);
        }
        catch (KekException error)
        {
            outcome = error.Failure.ToString();
            throw Translate(error, kek, context);
        }
        catch (OperationCanceledException error) when (!cancellationToken.IsCancellationRequested)
        {
            outcome = nameof(KekFailure.Unavailable);
            throw new KeyUnavailableException(
                KeyUnavailableReason.Unavailable,
                $"The KEK {kek.Id} did not answer within {bounds.KekTimeout.TotalSeconds:0.###} s.",
                error);
        }
        catch
        {
            outcome = "error";
            throw;
        }
        finally
        {
            _slots.Release();
            activity?.SetStatus(outcome == "ok" ? ActivityStatusCode.Ok : ActivityStatusCode.Error);
            services.Metrics.KekCall(operation, outcome, services.Time.GetElapsedTime(start));
        }
    }

    private static KeyUnavailableException Translate(KekException error, IKeyEncryptionKey kek, WrapContext context) => error.Failure switch
    {
        KekFailure.Unavailable => new(KeyUnavailableReason.Unavailable, $"The KEK {kek.Id} is unavailable: {error.Message}", error),
        KekFailure.Denied => new(KeyUnavailableReason.Denied, $"The KEK {kek.Id} denied access to the {context}: {error.Message}", error),
        KekFailure.Disabled => new(KeyUnavailableReason.Disabled, $"The KEK {kek.Id} is disabled: {error.Message}", error),
        KekFailure.Destroyed => new(KeyUnavailableReason.Destroyed, $"The KEK {kek.Id} is destroyed: {error.Message}", error),
        _ => new(KeyUnavailableReason.Tampered, $"The wrap of the {context} of tenant '{context.Tenant}' by {kek.Id} was changed, or belongs to another key or tenant.", error),
    };
}
