using ColumnCrypt.Metadata;
using ColumnCrypt.Search;

namespace ColumnCrypt.Keys;

/// <summary>
/// Gets a ring ready to index: makes the index keys that are about to be written with, durable before use, and looks up those that are only
/// asked for. Thread-safe; one preparation at a time per tenant.
/// </summary>
internal sealed class IndexKeyPreparer(KeyMaker maker)
{
    /// <summary>Sees to the index keys of a ring.</summary>
    /// <param name="slot">The tenant's slot.</param>
    /// <param name="ring">The tenant's ring.</param>
    /// <param name="indexes">The versions wanted.</param>
    /// <param name="askedAt">When they were asked for: rows that were read later need not be read again.</param>
    /// <param name="refresh">Reads the ring's rows again, unless that was begun after the given time.</param>
    /// <param name="cancellationToken">Cancels the wait, not the work.</param>
    public async Task PrepareAsync(RingSlot slot, KeyRing ring, IndexVersions indexes, long askedAt, Func<long?, Task> refresh, CancellationToken cancellationToken)
    {
        for (int attempt = 0; !ring.State.HasIndexes(indexes.Written);)
        {
            if (attempt == KeyPreparer.MaxAttempts)
            {
                throw KeyPreparer.Contended(slot.Tenant);
            }

            bool own = false;
            await slot.PreparingIndexes.RunAsync(
                () =>
                {
                    own = true;
                    return MakeAsync(slot, ring, indexes, refresh);
                },
                cancellationToken).ConfigureAwait(false);
            attempt += own ? 1 : 0;
        }

        if (ring.State is var state && state.ReadAt < askedAt && !state.HasIndexes(indexes.Queried))
        {
            await refresh(askedAt).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<bool> MakeAsync(RingSlot slot, KeyRing ring, IndexVersions indexes, Func<long?, Task> refresh)
    {
        ring.ThrowIfUnusable();
        var installation = (await slot.Session.GetInstallationAsync(create: true, CancellationToken.None).ConfigureAwait(false))!;
        foreach (int version in indexes.Written.Where(version => !ring.State.Indexes.ContainsKey(version)))
        {
            // Where another node was faster, its key is found by the reading that follows.
            await maker.TryMakeAsync(slot.Session, installation, new WantedKey(slot.Tenant, ring.State.Tenant?.KekPolicy, KeyKind.Index, version, KeyState.Active), CancellationToken.None).ConfigureAwait(false);
        }

        await refresh(null).ConfigureAwait(false);
        return true;
    }
}
