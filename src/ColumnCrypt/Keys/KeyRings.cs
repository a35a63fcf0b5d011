using ColumnCrypt.Diagnostics;
using ColumnCrypt.Metadata;
using ColumnCrypt.Search;
using ColumnCrypt.Threading;
using Microsoft.Extensions.Logging;

namespace ColumnCrypt.Keys;

/// <summary>
/// The cache of key rings: one load at a time per tenant, refresh ahead of need, stale service only while the KEK is
/// unavailable, eviction that never takes a key from under its user. Thread-safe.
/// </summary>
internal sealed class KeyRings(RingTable table, RingLoader loader, RingRefresher refresher, KeyPreparer preparer, IndexKeyPreparer indexPreparer, SynchronousKeys synchronous, RingServices services)
{
    /// <summary>The ring of a tenant, with so many uses of its data key, and the keys of these index versions.</summary>
    public ValueTask<KeyRingLease> AcquireAsync(StoreSession session, string tenant, long uses, IndexVersions indexes, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var want = new RingWant(uses, indexes, indexes.IsNone ? 0 : session.Versions.StartRead());
        return table.Find(tenant) is { } slot && session.IsFresh && TryHold(slot) is { } ring
            ? LeaseAsync(slot, ring, want, cancellationToken)
            : AcquireSlowlyAsync(session, tenant, want, cancellationToken);
    }

    public KeyRingLease AcquireBlocking(StoreSession session, string tenant, long uses, IndexVersions indexes)
    {
        if (table.Find(tenant) is { } slot && session.IsFresh && TryHold(slot) is { } ring)
        {
            var grant = Grant(ring, uses);
            if (IsReady(grant, uses) && ring.HoldsAll(indexes))
            {
                return new KeyRingLease(ring, grant, indexes);
            }

            grant?.Return();
            ring.Release();
        }

        services.Metrics.SynchronousLoad();
        return SyncBridge.Run(() => AcquireAsync(session, tenant, uses, indexes, CancellationToken.None).AsTask());
    }

    private async ValueTask<KeyRingLease> AcquireSlowlyAsync(StoreSession session, string tenant, RingWant want, CancellationToken cancellationToken)
    {
        TenantId.From(tenant);
        var installation = await session.GetInstallationAsync(create: want.Writes, cancellationToken).ConfigureAwait(false);
        if (installation is null)
        {
            // Nothing has ever been encrypted here, so there is nothing that a key could decrypt.
            return new KeyRingLease(new KeyRing(tenant, session, synchronous, services), grant: null, want.Indexes);
        }

        await session.EnsureFreshAsync(cancellationToken).ConfigureAwait(false);
        while (true)
        {
            var slot = table.SlotOf(session, tenant);
            if (TryHold(slot) is { } cached)
            {
                return await LeaseAsync(slot, cached, want, cancellationToken).ConfigureAwait(false);
            }

            var ring = await slot.Loading.RunAsync(() => LoadAsync(slot), cancellationToken).ConfigureAwait(false);
            if (ring.State.Tenant is null && !want.Writes)
            {
                if (want.Indexes.Queried.Count > 0 && ring.State.ReadAt < want.AskedAt)
                {
                    // Joined a reading that may have been before the tenant's first row.
                    continue;
                }

                return new KeyRingLease(new KeyRing(tenant, session, synchronous, services), grant: null, want.Indexes);
            }

            if (ring.TryAddReference())
            {
                return await LeaseAsync(slot, ring, want, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task<KeyRing> LoadAsync(RingSlot slot)
    {
        if (slot.Ring is { IsFaulted: false } ring && !refresher.IsPastStale(ring))
        {
            return ring;
        }

        if (slot.Ring is { IsFaulted: false } stale)
        {
            await refresher.RefreshAsync(slot, stale, unwrapAll: true).ConfigureAwait(false);
            return stale;
        }

        long startedAt = services.Time.GetTimestamp();
        long announced = slot.Session.Announced;
        var installation = await slot.Session.GetInstallationAsync(create: false, CancellationToken.None).ConfigureAwait(false)
            ?? throw InstallationLoader.NotInitialized();
        var state = await loader.LoadAsync(slot.Session, installation, slot.Tenant, null, unwrapAll: true, CancellationToken.None).ConfigureAwait(false);
        services.Metrics.RingLoaded("ok");
        var loaded = new KeyRing(slot.Tenant, slot.Session, synchronous, services);
        loaded.Apply(state);
        refresher.Schedule(loaded, startedAt);
        loaded.Clock.UsedAt = startedAt;

        // A tenant that has a row and no key yet gets its first one in this ring: changes of state must find it, too.
        if (state.Tenant is not null && table.TryPut(slot, loaded))
        {
            await CatchUpAsync(slot, loaded, announced).ConfigureAwait(false);
        }

        return loaded;
    }

    // A change that was announced between the reading of the rows and the caching of the ring has found no ring to refresh.
    private async Task CatchUpAsync(RingSlot slot, KeyRing ring, long announced)
    {
        if (slot.Session.Announced == announced)
        {
            return;
        }

        try
        {
            await refresher.RefreshAsync(slot, ring, unwrapAll: false).ConfigureAwait(false);
        }
        catch
        {
            table.Evict(slot, ring);
            throw;
        }
    }

    // Takes over a reference to the ring: the lease gives it back, or whoever fails to make one.
    private ValueTask<KeyRingLease> LeaseAsync(RingSlot slot, KeyRing ring, RingWant want, CancellationToken cancellationToken)
    {
        var grant = Grant(ring, want.Uses);
        return IsReady(grant, want.Uses) && ring.HoldsAll(want.Indexes)
            ? new ValueTask<KeyRingLease>(new KeyRingLease(ring, grant, want.Indexes))
            : PrepareAsync(slot, ring, want, grant, cancellationToken);
    }

    private async ValueTask<KeyRingLease> PrepareAsync(RingSlot slot, KeyRing ring, RingWant want, UseGrant? grant, CancellationToken cancellationToken)
    {
        try
        {
            if (ring.State.Tenant is not null)
            {
                return await PrepareKnownAsync(slot, ring, want, grant, cancellationToken).ConfigureAwait(false);
            }

            // The tenant's first key: made, committed, and only then loaded as any other.
            await preparer.MakeFirstAsync(slot, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            ring.Release();
            throw;
        }

        ring.Release();
        return await AcquireSlowlyAsync(slot.Session, slot.Tenant, want, cancellationToken).ConfigureAwait(false);
    }

    private async Task<KeyRingLease> PrepareKnownAsync(RingSlot slot, KeyRing ring, RingWant want, UseGrant? grant, CancellationToken cancellationToken)
    {
        if (!IsReady(grant, want.Uses))
        {
            grant = await preparer.PrepareAsync(slot, ring, want.Uses, grant, () => refresher.RefreshAsync(slot, ring, unwrapAll: false), cancellationToken).ConfigureAwait(false);
        }

        try
        {
            await indexPreparer.PrepareAsync(
                slot, ring, want.Indexes, want.AskedAt, since => refresher.RefreshAsync(slot, ring, unwrapAll: false, since), cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            grant?.Return();
            throw;
        }

        return new KeyRingLease(ring, grant, want.Indexes);
    }

    private static UseGrant? Grant(KeyRing ring, long uses) => uses == 0 ? null : ring.TryGrant(uses);

    private static bool IsReady(UseGrant? grant, long uses) => uses == 0 || grant is { Key.Budget.IsLow: false };

    private KeyRing? TryHold(RingSlot slot)
    {
        var ring = slot.Ring;
        if (ring is null || ring.IsFaulted || refresher.IsPastStale(ring) || !ring.TryAddReference())
        {
            return null;
        }

        long now = services.Time.GetTimestamp();
        ring.Clock.UsedAt = now;
        services.Metrics.RingHit();
        if (now >= ring.Clock.RefreshAt && Interlocked.Exchange(ref slot.Refreshing, 1) == 0)
        {
            _ = RefreshAheadAsync(slot, ring);
        }

        return ring;
    }

    private async Task RefreshAheadAsync(RingSlot slot, KeyRing ring)
    {
        try
        {
            await Task.Run(() => refresher.RefreshAsync(slot, ring, unwrapAll: true)).ConfigureAwait(false);
        }
        catch (ColumnCryptException)
        {
            // RefreshAsync has logged it and has either kept the ring for the stale limit or evicted it.
        }
        catch (Exception error)
        {
            services.Logger.BackgroundFailed("The refresh of a key ring", error);
        }
        finally
        {
            Volatile.Write(ref slot.Refreshing, 0);
        }
    }
}
