using ColumnCrypt.Diagnostics;
using Microsoft.Extensions.Logging;

namespace ColumnCrypt.Keys;

/// <summary>
/// Reads cached rings again. While the KEK or the store is unavailable the keys serve on, to the stale limit; a refusal evicts
/// them at once. Thread-safe; one refresh at a time per tenant.
/// </summary>
internal sealed class RingRefresher(RingTable table, RingLoader loader, KeyPreparer preparer, KeyBounds bounds, RingServices services)
{
    /// <summary>Reads a cached ring again; evicts it where its keys may not be used any more.</summary>
    /// <param name="slot">The tenant's slot.</param>
    /// <param name="ring">The ring.</param>
    /// <param name="unwrapAll">True to ask the KEK for every key again.</param>
    /// <param name="unlessReadSince">A time of the session's <see cref="VersionMemory"/>: nothing is read where another reading began after it and has ended well.</param>
    /// <param name="patience">As <see cref="RingLoader.LoadAsync"/>.</param>
    public async Task RefreshAsync(RingSlot slot, KeyRing ring, bool unwrapAll, long? unlessReadSince = null, TimeSpan? patience = null)
    {
        await ring.Refreshing.WaitAsync().ConfigureAwait(false);
        long startedAt = services.Time.GetTimestamp();
        try
        {
            if (ring.State.ReadAt > unlessReadSince)
            {
                return;
            }

            var installation = await slot.Session.GetInstallationAsync(create: false, CancellationToken.None).ConfigureAwait(false)
                ?? throw InstallationLoader.NotInitialized();
            var state = await loader.LoadAsync(slot.Session, installation, slot.Tenant, ring.State, unwrapAll, CancellationToken.None, patience).ConfigureAwait(false);
            await preparer.SupplyAsync(slot, installation, ring.State, state).ConfigureAwait(false);
            ring.Apply(state);
            if (unwrapAll)
            {
                Schedule(ring, startedAt);
            }
            else if (state.IsIncomplete)
            {
                ring.Clock.RefreshAt = services.Time.GetTimestamp() + Ticks(bounds.PollInterval);
            }

            services.Metrics.RingLoaded("ok");
        }
        catch (ColumnCryptException error) when (error.IsTransient)
        {
            services.Metrics.RingLoaded("stale");
            services.Logger.RingStale(slot.Tenant, error);
            ring.Clock.RefreshAt = services.Time.GetTimestamp() + Ticks(bounds.PollInterval);
            throw;
        }
        catch (ColumnCryptException error)
        {
            services.Metrics.RingLoaded("evicted");
            services.Logger.RingEvicted(slot.Tenant, error);
            ring.Fail(error);
            table.Evict(slot, ring);
            throw;
        }
        finally
        {
            ring.Refreshing.Release();
        }
    }

    /// <summary>Notes that the KEK gave all keys of the ring, and when to ask it again: at the interval, give or take a tenth.</summary>
    public void Schedule(KeyRing ring, long verifiedAt)
    {
        ring.Clock.VerifiedAt = verifiedAt;
        double spread = 0.9 + (0.2 * (unchecked((uint)HashCode.Combine(ring.Tenant, verifiedAt)) / (double)uint.MaxValue));
        ring.Clock.RefreshAt = verifiedAt + (long)(Ticks(bounds.RefreshInterval) * spread);
        if (ring.State.Active?.Record is { ActivatedAt: { } since } key && services.Time.GetUtcNow() >= since + (bounds.Cryptoperiod * 0.9))
        {
            services.Logger.CryptoperiodEnding(key.KeyId.ToString(), ring.Tenant, since + bounds.Cryptoperiod);
        }
    }

    /// <summary>True where the KEK last gave the ring's keys longer ago than the stale limit.</summary>
    public bool IsPastStale(KeyRing ring) => services.Time.GetElapsedTime(ring.Clock.VerifiedAt) >= bounds.StaleLimit;

    private long Ticks(TimeSpan span) => (long)(span.TotalSeconds * services.Time.TimestampFrequency);
}
