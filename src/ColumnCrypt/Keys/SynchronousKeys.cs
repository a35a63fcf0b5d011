using System.Collections.Concurrent;
using ColumnCrypt.Diagnostics;
using ColumnCrypt.Format;
using ColumnCrypt.Metadata;
using ColumnCrypt.Search;
using ColumnCrypt.Threading;
using Microsoft.Extensions.Logging;

namespace ColumnCrypt.Keys;

/// <summary>
/// What a ring does for a caller inside a value conversion, who cannot wait: it blocks, counted and logged. Thread-safe.
/// </summary>
internal sealed class SynchronousKeys(RingTable table, RingRefresher refresher, KeyPreparer preparer, IndexKeyPreparer indexes, KeyRotator rotator, KeyBounds bounds, RingServices services)
{
    private readonly ConcurrentDictionary<(StoreSession, KeyId), long> _unknown = new();

    /// <summary>Takes uses of the Active key for a caller who cannot wait.</summary>
    public DataKey TakeEncryptionKey(KeyRing ring, long uses)
    {
        services.Metrics.SynchronousLoad();
        return SyncBridge.Run(async () =>
        {
            var slot = table.SlotOf(ring.Session, ring.Tenant);
            var grant = await preparer.PrepareAsync(slot, ring, uses, null, () => refresher.RefreshAsync(slot, ring, unwrapAll: false), CancellationToken.None).ConfigureAwait(false);
            return grant.Key;
        });
    }

    /// <summary>Looks a key id up that the ring does not hold: another node may have made the tenant's first key just now.</summary>
    public RingKey ResolveUnknownKey(KeyRing ring, KeyId id, string purpose)
    {
        string owner = OwnerOf(ring, id) ?? throw Unknown(id, purpose);
        if (!string.Equals(owner, ring.Tenant, StringComparison.Ordinal))
        {
            throw new TenantMismatchException(
                $"The value of {purpose} is under key {id} of another tenant, and was read for tenant '{ring.Tenant}'. Is a tenant filter missing in the query?");
        }

        SyncBridge.Run(() => refresher.RefreshAsync(table.SlotOf(ring.Session, ring.Tenant), ring, unwrapAll: false));
        if (ring.State.Keys.TryGetValue(id, out var key))
        {
            return key;
        }

        Remember(ring.Session, id);
        throw Unknown(id, purpose);
    }

    /// <summary>The tenant that owns a key in the store of a ring; null where nobody does, which is remembered for a while.</summary>
    public string? OwnerOf(KeyRing ring, KeyId id)
    {
        if (_unknown.TryGetValue((ring.Session, id), out long missedAt))
        {
            if (services.Time.GetElapsedTime(missedAt) < bounds.UnknownKeyMemory)
            {
                return null;
            }

            _unknown.TryRemove((ring.Session, id), out _);
        }

        services.Logger.SynchronousLoad(id.ToString(), ring.Tenant);
        services.Metrics.SynchronousLoad();
        string? owner = SyncBridge.Run(() => ring.Session.Store.FindTenantAsync(id, CancellationToken.None));
        if (owner is null)
        {
            Remember(ring.Session, id);
        }

        return owner;
    }

    /// <summary>Makes or looks up an index key for a caller who cannot wait; null where it is only asked for, and nobody has made it.</summary>
    public RingKey? ResolveIndexKey(KeyRing ring, int version, IndexUse use)
    {
        services.Metrics.SynchronousLoad();
        long askedAt = ring.Session.Versions.StartRead();
        return SyncBridge.Run(async () =>
        {
            if (use == IndexUse.Query && await ring.Session.GetInstallationAsync(create: false, CancellationToken.None).ConfigureAwait(false) is null)
            {
                return null;
            }

            var slot = table.SlotOf(ring.Session, ring.Tenant);
            var versions = use == IndexUse.Write ? new IndexVersions([version], []) : new IndexVersions([], [version]);
            await indexes.PrepareAsync(
                slot, ring, versions, askedAt, since => refresher.RefreshAsync(slot, ring, unwrapAll: false, since), CancellationToken.None).ConfigureAwait(false);
            return ring.State.Indexes.GetValueOrDefault(version);
        });
    }

    /// <summary>Reads a ring's rows again for a caller who met a value under a key that is not yet due here.</summary>
    public DataKey Reload(KeyRing ring, KeyId id, string purpose)
    {
        services.Logger.SynchronousLoad(id.ToString(), ring.Tenant);
        services.Metrics.SynchronousLoad();
        SyncBridge.Run(() => refresher.RefreshAsync(table.SlotOf(ring.Session, ring.Tenant), ring, unwrapAll: false));
        return ring.State.Keys.TryGetValue(id, out var key) && key is { Data: { } found, Record.State: not KeyState.PreActive }
            ? found
            : throw new KeyUnavailableException(
                KeyUnavailableReason.StateForbids,
                $"The value of {purpose} is under key {id}, which is PreActive: it may not be used yet.");
    }

    /// <summary>True where a published key may have been activated by some node.</summary>
    public bool IsDue(KeyRecord key) => rotator.IsDue(key);

    /// <inheritdoc cref="KeyRotator.MayFinish"/>
    public bool MayFinish(KeyRecord key) => rotator.MayFinish(key);

    private void Remember(StoreSession session, KeyId id)
    {
        if (_unknown.Count > bounds.MaxCachedKeys)
        {
            _unknown.Clear();
        }

        _unknown[(session, id)] = services.Time.GetTimestamp();
    }

    private static CiphertextInvalidException Unknown(KeyId id, string purpose) => new(
        $"The value of {purpose} names key {id}, which nobody owns: it was changed, or comes from another installation.");
}
