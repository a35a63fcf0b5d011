using System.Collections.Concurrent;

namespace ColumnCrypt.Keys;

/// <summary>
/// The cached rings by tenant. Evicting one gives up the cache's own lease: its keys are zeroed when the last other lease is
/// gone. Thread-safe.
/// </summary>
internal sealed class RingTable(KeyBounds bounds, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, RingSlot> _slots = new(StringComparer.Ordinal);

    /// <summary>The keys in the cache.</summary>
    public int CachedKeys => _slots.Values.Sum(static slot => slot.Ring?.State.Keys.Count ?? 0);

    /// <summary>The slots that hold a ring.</summary>
    public IEnumerable<RingSlot> Cached => _slots.Values.Where(static slot => slot.Ring is not null);

    public RingSlot? Find(string tenant) => _slots.GetValueOrDefault(tenant);

    public RingSlot SlotOf(StoreSession session, string tenant)
    {
        var slot = _slots.TryGetValue(tenant, out var found) ? found : _slots.GetOrAdd(tenant, static (name, of) => new RingSlot(name, of), session);
        slot.AskedAt = time.GetTimestamp();
        return slot;
    }

    /// <summary>
    /// Caches a ring, in the place of one that has failed. A slot that was dropped while its ring was loading may have a successor
    /// by now: then the ring is given up, and whoever waits for it finds the successor's.
    /// </summary>
    /// <returns>False where the ring was given up.</returns>
    public bool TryPut(RingSlot slot, KeyRing ring)
    {
        KeyRing? replaced;
        lock (slot)
        {
            bool isListed = ReferenceEquals(_slots.GetOrAdd(slot.Tenant, slot), slot);
            replaced = isListed ? slot.Ring : ring;
            slot.Ring = isListed ? ring : slot.Ring;
        }

        replaced?.Release();
        return replaced != ring;
    }

    public void Evict(RingSlot slot, KeyRing ring)
    {
        lock (slot)
        {
            if (!ReferenceEquals(slot.Ring, ring))
            {
                return;
            }

            slot.Ring = null;
            Remove(slot);
        }

        ring.Release();
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

    /// <summary>
    /// Drops the slots of tenants that have no keys, and evicts what nobody used for the idle
    /// time, and the least recently used beyond the bound. A ring on lease stays: only a cached one learns of changes of state.
    /// </summary>
    public void Sweep()
    {
        foreach (var slot in Cached)
        {
            if (slot.Ring is { IsLeased: false } ring && time.GetElapsedTime(ring.Clock.UsedAt) > bounds.IdleEviction)
            {
                Evict(slot, ring);
            }
        }

        foreach (var slot in _slots.Values.Where(slot => slot.Ring is null && time.GetElapsedTime(slot.AskedAt) > bounds.RevocationBound))
        {
            lock (slot)
            {
                if (slot.Ring is null)
                {
                    Remove(slot);
                }
            }
        }

        int excess = CachedKeys - bounds.MaxCachedKeys;
        foreach (var slot in excess > 0 ? Cached.OrderBy(static slot => slot.Ring?.Clock.UsedAt ?? 0).ToList() : [])
        {
            if (excess <= 0)
            {
                break;
            }

            if (slot.Ring is { IsLeased: false } ring)
            {
                excess -= ring.State.Keys.Count;
                Evict(slot, ring);
            }
        }
    }

    private void Remove(RingSlot slot) => _slots.TryRemove(new KeyValuePair<string, RingSlot>(slot.Tenant, slot));
}
