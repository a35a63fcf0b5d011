using System.Collections.Concurrent;
using ColumnCrypt.Diagnostics;
using ColumnCrypt.Format;
using ColumnCrypt.Metadata;
using ColumnCrypt.Threading;
using Microsoft.Extensions.Logging;

namespace ColumnCrypt.Keys;

/// <summary>
/// The cache of key rings: one load at a time per tenant, refresh ahead of need, stale service only while the KEK is
/// unavailable, eviction that never takes a key from under its user. Thread-safe.
/// </summary>
internal sealed class KeyRings(RingLoader loader, KeyPreparer preparer, KeyRotator rotator, KeyBounds bounds, RingServices services)
{
    private readonly ConcurrentDictionary<string, RingSlot> _slots = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<KeyId, long> _unknown = new();

    /// <summary>The keys in the cache.</summary>
    public int CachedKeys => _slots.Values.Sum(static slot => slot.Ring?.State.Keys.Count ?? 0);

    public IEnumerable<RingSlot> Cached => _slots.Values.Where(static slot => slot.Ring is not null);

    /// <summary>The ring of a tenant, ready for so many uses of its data key.</summary>
    public ValueTask<KeyRingLease> AcquireAsync(StoreSession session, string tenant, long uses, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return _slots.TryGetValue(tenant, out var slot) && session.IsFresh && TryLease(slot) is { } lease
            ? IsReady(lease.Ring, uses) ? new ValueTask<KeyRingLease>(lease) : PrepareAsync(slot, lease, uses, cancellationToken)
            : AcquireSlowlyAsync(session, tenant, uses, cancellationToken);
    }

    public KeyRingLease AcquireBlocking(StoreSession session, string tenant, long uses)
    {
        if (_slots.TryGetValue(tenant, out var slot) && session.IsFresh && TryLease(slot) is { } lease)
        {
            if (IsReady(lease.Ring, uses))
            {
                return lease;
            }

            lease.Dispose();
        }

        services.Metrics.SynchronousLoad();
        return SyncBridge.Run(() => AcquireAsync(session, tenant, uses, CancellationToken.None).AsTask());
    }

    /// <summary>Takes uses of the Active key for a caller who cannot wait.</summary>
    public DataKey TakeEncryptionKeyBlocking(KeyRing ring, long uses)
    {
        services.Metrics.SynchronousLoad();
        return SyncBridge.Run(async () =>
        {
            var slot = SlotOf(ring.Session, ring.Tenant);
            for (int attempt = 0; ; attempt++)
            {
                await preparer.PrepareAsync(slot, ring, uses, () => RefreshAsync(slot, ring, unwrapAll: false), CancellationToken.None).ConfigureAwait(false);
                if (ring.State.Active?.Key is { } key && key.Budget.TryTake(uses))
                {
                    return key;
                }

                if (attempt == KeyPreparer.MaxAttempts)
                {
                    throw KeyPreparer.Contended(ring.Tenant);
                }
            }
        });
    }

    /// <summary>Looks a key id up that the ring does not hold: another node may have made the tenant's first key just now.</summary>
    public RingKey ResolveUnknownKeyBlocking(KeyRing ring, KeyId id, string purpose)
    {
        if (_unknown.TryGetValue(id, out long missedAt))
        {
            if (services.Time.GetElapsedTime(missedAt) < bounds.UnknownKeyMemory)
            {
                throw Unknown(id, purpose);
            }

            _unknown.TryRemove(id, out _);
        }

        services.Logger.SynchronousLoad(id.ToString(), ring.Tenant);
        services.Metrics.SynchronousLoad();
        return SyncBridge.Run(async () =>
        {
            string? owner = await ring.Session.Store.FindTenantAsync(id, CancellationToken.None).ConfigureAwait(false);
            if (owner is not null && !string.Equals(owner, ring.Tenant, StringComparison.Ordinal))
            {
                throw new TenantMismatchException(
                    $"The value of {purpose} is under key {id} of another tenant, and was read for tenant '{ring.Tenant}'. Is a tenant filter missing in the query?");
            }

            if (owner is not null)
            {
                await RefreshAsync(SlotOf(ring.Session, ring.Tenant), ring, unwrapAll: false).ConfigureAwait(false);
                if (ring.State.Keys.TryGetValue(id, out var key))
                {
                    return key;
                }
            }

            if (_unknown.Count > bounds.MaxCachedKeys)
            {
                _unknown.Clear();
            }

            _unknown[id] = services.Time.GetTimestamp();
            throw Unknown(id, purpose);
        });
    }

    /// <summary>Reads a ring's rows again for a caller who met a value under a key that is not yet due here.</summary>
    public DataKey ReloadBlocking(KeyRing ring, KeyId id, string purpose)
    {
        services.Logger.SynchronousLoad(id.ToString(), ring.Tenant);
        services.Metrics.SynchronousLoad();
        SyncBridge.Run(() => RefreshAsync(SlotOf(ring.Session, ring.Tenant), ring, unwrapAll: false));
        return ring.State.Keys.TryGetValue(id, out var key) && key is { Key: { } found, Record.State: not KeyState.PreActive }
            ? found
            : throw new KeyUnavailableException(
                KeyUnavailableReason.StateForbids,
                $"The value of {purpose} is under key {id}, which is PreActive: it may not be used yet.");
    }

    /// <summary>True where a published key may have been activated by some node.</summary>
    public bool IsDue(KeyRecord key) => rotator.IsDue(key);

    /// <summary>Reads a cached ring again; evicts it where its keys may not be used any more.</summary>
    public async Task RefreshAsync(RingSlot slot, KeyRing ring, bool unwrapAll)
    {
        long startedAt = services.Time.GetTimestamp();
        try
        {
            var installation = await slot.Session.GetInstallationAsync(create: false, CancellationToken.None).ConfigureAwait(false)
                ?? throw InstallationLoader.NotInitialized();
            var state = await loader.LoadAsync(slot.Session, installation, slot.Tenant, ring.State, unwrapAll, CancellationToken.None).ConfigureAwait(false);
            ring.Apply(state);
            if (unwrapAll)
            {
                Schedule(ring, startedAt);
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
            Evict(slot, ring);
            throw;
        }
    }

    /// <summary>Evicts what nobody used for the idle time, and the least recently used beyond the bound.</summary>
    public void Sweep()
    {
        foreach (var slot in Cached)
        {
            if (slot.Ring is { } ring && services.Time.GetElapsedTime(ring.Clock.UsedAt) > bounds.IdleEviction)
            {
                Evict(slot, ring);
            }
        }

        int excess = CachedKeys - bounds.MaxCachedKeys;
        foreach (var slot in excess > 0 ? Cached.OrderBy(static slot => slot.Ring?.Clock.UsedAt ?? 0).ToList() : [])
        {
            if (excess <= 0)
            {
                break;
            }

            if (slot.Ring is { } ring)
            {
                excess -= ring.State.Keys.Count;
                Evict(slot, ring);
            }
        }
    }

    /// <summary>Evicts the ring of a tenant whose keys are destroyed; operations under way fail from now on.</summary>
    public void Shred(string tenant)
    {
        if (_slots.TryGetValue(tenant, out var slot) && slot.Ring is { } ring)
        {
            ring.Fail(KeyRing.Shredded(tenant));
            Evict(slot, ring);
        }
    }

    public void EvictAll()
    {
        foreach (var slot in Cached)
        {
            if (slot.Ring is { } ring)
            {
                Evict(slot, ring);
            }
        }
    }

    private void Evict(RingSlot slot, KeyRing ring)
    {
        bool removed;
        lock (slot)
        {
            removed = ReferenceEquals(slot.Ring, ring);
            if (removed)
            {
                slot.Ring = null;
            }
        }

        if (removed)
        {
            _slots.TryRemove(new KeyValuePair<string, RingSlot>(slot.Tenant, slot));
            ring.Release();
        }
    }

    private async ValueTask<KeyRingLease> AcquireSlowlyAsync(StoreSession session, string tenant, long uses, CancellationToken cancellationToken)
    {
        var installation = await session.GetInstallationAsync(create: uses > 0, cancellationToken).ConfigureAwait(false);
        if (installation is null)
        {
            // Nothing has ever been encrypted here, so there is nothing that a key could decrypt.
            return new KeyRingLease(new KeyRing(tenant, session, this, services));
        }

        await session.EnsureFreshAsync(cancellationToken).ConfigureAwait(false);
        var slot = SlotOf(session, tenant);
        while (true)
        {
            if (TryLease(slot) is { } cached)
            {
                return await PrepareAsync(slot, cached, uses, cancellationToken).ConfigureAwait(false);
            }

            var ring = await slot.Loading.RunAsync(() => LoadAsync(slot), cancellationToken).ConfigureAwait(false);
            if (ring.State.Tenant is null && uses == 0)
            {
                return new KeyRingLease(new KeyRing(tenant, session, this, services));
            }

            if (ring.TryAddReference())
            {
                return await PrepareAsync(slot, new KeyRingLease(ring), uses, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task<KeyRing> LoadAsync(RingSlot slot)
    {
        if (slot.Ring is { IsFaulted: false } ring && !IsPastStale(ring))
        {
            return ring;
        }

        if (slot.Ring is { IsFaulted: false } stale)
        {
            await RefreshAsync(slot, stale, unwrapAll: true).ConfigureAwait(false);
            return stale;
        }

        long startedAt = services.Time.GetTimestamp();
        var installation = await slot.Session.GetInstallationAsync(create: false, CancellationToken.None).ConfigureAwait(false)
            ?? throw InstallationLoader.NotInitialized();
        var state = await loader.LoadAsync(slot.Session, installation, slot.Tenant, null, unwrapAll: true, CancellationToken.None).ConfigureAwait(false);
        services.Metrics.RingLoaded("ok");
        var loaded = new KeyRing(slot.Tenant, slot.Session, this, services);
        loaded.Apply(state);
        Schedule(loaded, startedAt);
        loaded.Clock.UsedAt = startedAt;
        if (state.Keys.Count > 0)
        {
            lock (slot)
            {
                slot.Ring = loaded;
            }

            _slots.TryAdd(slot.Tenant, slot);
        }

        return loaded;
    }

    private async ValueTask<KeyRingLease> PrepareAsync(RingSlot slot, KeyRingLease lease, long uses, CancellationToken cancellationToken)
    {
        try
        {
            if (IsReady(lease.Ring, uses))
            {
                return lease;
            }

            if (lease.Ring.State.Tenant is not null)
            {
                await preparer.PrepareAsync(slot, lease.Ring, uses, () => RefreshAsync(slot, lease.Ring, unwrapAll: false), cancellationToken).ConfigureAwait(false);
                return lease;
            }

            // The tenant's first key: made, committed, and only then loaded as any other.
            await preparer.MakeFirstAsync(slot, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            lease.Dispose();
            throw;
        }

        lease.Dispose();
        return await AcquireSlowlyAsync(slot.Session, slot.Tenant, uses, cancellationToken).ConfigureAwait(false);
    }

    private bool IsReady(KeyRing ring, long uses)
    {
        if (uses == 0)
        {
            return true;
        }

        var session = ring.Session;
        return ring.State.Active?.Key is { } key && key.Budget.Covers(uses) && !key.Budget.IsLow && !session.MustRotate(ring.Tenant);
    }

    private KeyRingLease? TryLease(RingSlot slot)
    {
        var ring = slot.Ring;
        if (ring is null || ring.IsFaulted || IsPastStale(ring) || !ring.TryAddReference())
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

        return new KeyRingLease(ring);
    }

    private async Task RefreshAheadAsync(RingSlot slot, KeyRing ring)
    {
        try
        {
            await Task.Run(() => RefreshAsync(slot, ring, unwrapAll: true)).ConfigureAwait(false);
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

    private void Schedule(KeyRing ring, long verifiedAt)
    {
        ring.Clock.VerifiedAt = verifiedAt;
        double spread = 0.9 + (0.2 * (unchecked((uint)HashCode.Combine(ring.Tenant, verifiedAt)) / (double)uint.MaxValue));
        ring.Clock.RefreshAt = verifiedAt + (long)(Ticks(bounds.RefreshInterval) * spread);
    }

    private bool IsPastStale(KeyRing ring) => services.Time.GetElapsedTime(ring.Clock.VerifiedAt) >= bounds.StaleLimit;

    private long Ticks(TimeSpan span) => (long)(span.TotalSeconds * services.Time.TimestampFrequency);

    private RingSlot SlotOf(StoreSession session, string tenant) =>
        _slots.TryGetValue(tenant, out var slot) ? slot : _slots.GetOrAdd(tenant, static (name, of) => new RingSlot(name, of), session);

    private static CiphertextInvalidException Unknown(KeyId id, string purpose) => new(
        $"The value of {purpose} names key {id}, which nobody owns: it was changed, or comes from another installation.");
}
