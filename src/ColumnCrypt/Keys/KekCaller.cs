using System.Diagnostics;
using ColumnCrypt.Diagnostics;
using ColumnCrypt.Kek;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Keys;

/// <summary>
/// Calls the KEKs that the configuration allows, and no other: with a timeout, a bound on calls under way, and metrics.
/// Thread-safe.
/// </summary>
internal sealed class KekCaller(KekRegistry keks, IKeyEncryptionKey wrapping, KeyBounds bounds, RingServices services) : IDisposable
{
    private readonly SemaphoreSlim _slots = new(bounds.MaxConcurrentKekCalls);

    /// <summary>The URI of the KEK that wraps new keys.</summary>
    public string WrappingKekId => wrapping.Id;

    public bool IsAllowed(string kekId) => keks.Find(kekId) is not null;

    /// <summary>True where an allowed KEK wraps with a public key: then anybody can make a wrap.</summary>
    public bool AnyoneCanWrap => keks.Allowed.Any(static kek => kek.Capabilities.HasFlag(KekCapabilities.PublicWrap));

    /// <summary>Wraps a key under the wrapping KEK.</summary>
    public async Task<WrapRecord> WrapAsync(ReadOnlyMemory<byte> key, WrapContext context, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var wrapped = await CallAsync("wrap", wrapping, context, token => wrapping.WrapAsync(key, context, token), cancellationToken).ConfigureAwait(false);
        return new WrapRecord
        {
            KeyId = context.KeyId,
            KekId = wrapping.Id,
            KekVersion = wrapped.KekVersion,
            Wrapped = wrapped.Bytes.ToArray(),
            ValidFrom = now,
        };
    }

    /// <summary>Unwraps a key through the first of its wraps, in the order of the configuration, that an allowed KEK opens.</summary>
    /// <returns>The size of the key in bytes.</returns>
    /// <exception cref="KeyUnavailableException">No allowed KEK opened a wrap; the reason is that of the first one tried.</exception>
    public async Task<int> UnwrapAsync(IEnumerable<WrapRecord> wraps, WrapContext context, Memory<byte> destination, CancellationToken cancellationToken)
    {
        KeyUnavailableException? first = null;
        var candidates = wraps.Where(static wrap => wrap.Wrapped is not null).ToList();
        foreach (var kek in keks.Allowed)
        {
            foreach (var wrap in candidates.Where(wrap => wrap.KekId == kek.Id))
            {
                try
                {
                    var wrapped = new WrappedKey(wrap.KekVersion, wrap.Wrapped);
                    return await CallAsync("unwrap", kek, context, token => kek.UnwrapAsync(wrapped, context, destination, token), cancellationToken).ConfigureAwait(false);
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

    /// <summary>Closes the KEKs: those of this process are zeroed.</summary>
    public void Dispose() => keks.Dispose();

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
