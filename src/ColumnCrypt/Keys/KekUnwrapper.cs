using System.Collections.Concurrent;
using ColumnCrypt.Diagnostics;
using ColumnCrypt.Kek;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Keys;

/// <summary>Opens keys through whichever of their wraps an allowed KEK opens. Thread-safe.</summary>
internal sealed class KekUnwrapper(AllowedKeks keks, KekCalls calls, RingServices services)
{
    // A key has one wrap of a KEK, and some more in the middle of a rewrap: whoever writes more into the table gets no call for each.
    private const int MaxWrapsOfAKek = 8;

    private readonly ConcurrentDictionary<string, bool> _through = new(StringComparer.Ordinal);

    /// <summary>The URIs of the KEKs through which this process has unwrapped a key, in ordinal order.</summary>
    public IReadOnlyList<string> Through => [.. _through.Keys.Order(StringComparer.Ordinal)];

    /// <summary>
    /// Unwraps a key through the first of its wraps that an allowed KEK opens: the tenant's own first, then by the store's order and the
    /// configuration's; those that have not answered lately come last.
    /// </summary>
    /// <param name="wraps">The wraps.</param>
    /// <param name="context">What they are bound to.</param>
    /// <param name="destination">Takes the key.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <param name="standing">What the store says of the KEKs; null for nothing.</param>
    /// <param name="own">The URI of the tenant's own KEK, out of its row once the mac is checked; null where it has none.</param>
    /// <param name="batcher">Makes the calls together with others where a KEK takes several; null for by themselves.</param>
    /// <returns>The size of the key in bytes.</returns>
    /// <exception cref="KeyUnavailableException">No allowed KEK opened a wrap; the reason is that of the first one tried.</exception>
    public async Task<int> UnwrapAsync(
        IEnumerable<WrapRecord> wraps, WrapContext context, Memory<byte> destination, CancellationToken cancellationToken, KekStanding? standing = null, string? own = null, KekBatcher? batcher = null)
    {
        KeyUnavailableException? first = null;
        bool blind = false;
        var candidates = wraps.Where(static wrap => wrap.Wrapped is not null).ToList();
        IKeyEncryptionKey[] tenants = [];
        try
        {
            tenants = own is not null && candidates.Exists(wrap => wrap.KekId == own) ? [keks.Demand(own, context.Tenant, own)] : [];
        }
        catch (KeyUnavailableException error)
        {
            // Until the tenant's old wraps are dropped, a node that is not configured for its KEK reads through those.
            first = error;
        }

        foreach (var kek in tenants.Concat(keks.Unwrapping(standing).OrderBy(static kek => kek.Capabilities.HasFlag(KekCapabilities.WrapOnly)).ThenBy(calls.IsCutOff)))
        {
            foreach (var wrap in candidates.Where(wrap => wrap.KekId == kek.Id).OrderByDescending(static wrap => wrap.ValidFrom).Take(MaxWrapsOfAKek))
            {
                try
                {
                    var wrapped = new WrappedKey(wrap.KekVersion, wrap.Wrapped);
                    int size = batcher is not null && keks.MaxBatchSize(kek.Id) > 1
                        ? await batcher.UnwrapAsync(kek, new UnwrapInput(wrapped, context, destination)).ConfigureAwait(false)
                        : await calls.RunAsync("unwrap", kek, context, token => kek.UnwrapAsync(wrapped, context, destination, token), cancellationToken).ConfigureAwait(false);
                    _through.TryAdd(kek.Id, true);
                    return size;
                }
                catch (KeyUnavailableException error)
                {
                    // That a public half does not unwrap says nothing of the key; it is told where nothing else is.
                    first = first is null || blind ? error : first;
                    blind = first == error && kek.Capabilities.HasFlag(KekCapabilities.WrapOnly);
                    if (error.IsTransient)
                    {
                        break;
                    }
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

        foreach (var wrap in candidates.Where(wrap => !keks.Contains(wrap.KekId)))
        {
            services.Logger.KekRefused(wrap.KekId);
        }

        throw new KeyUnavailableException(
            KeyUnavailableReason.KekNotAllowed,
            $"The {context} of tenant '{context.Tenant}' is wrapped only by KEKs that this configuration does not allow, or for escrow alone. If one of them is yours to unwrap with, add it with AllowKek.");
    }
}
