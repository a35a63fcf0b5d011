using System.Globalization;
using ColumnCrypt.Audit;
using ColumnCrypt.Diagnostics;
using ColumnCrypt.Metadata;
using ColumnCrypt.Store;
using Microsoft.Extensions.Logging;

namespace ColumnCrypt.Keys;

/// <summary>
/// Rotates data keys in two steps: publish the next version as PreActive, and activate it once the revocation bound has passed,
/// so that every node holds it before any node encrypts under it. Thread-safe across nodes: every step is a compare-and-swap.
/// </summary>
internal sealed class KeyRotator(KeyMaker maker, RingLoader loader, KeyBounds bounds, RingServices services)
{
    // A PreActive row in version 1 is made but not yet announced; announcing writes version 2 and starts the clock.
    private const long Announced = 2;

    /// <summary>True where a published key has been known to every node for the revocation bound.</summary>
    public bool IsDue(KeyRecord key) => key.RowVersion >= Announced && services.Time.GetUtcNow() >= key.CreatedAt + bounds.RevocationBound;

    /// <summary>True where a key was deactivated so lately that what was begun under it may be finished.</summary>
    public bool MayFinish(KeyRecord key) =>
        key is { State: KeyState.Deactivated, DeactivatedAt: { } since } && services.Time.GetUtcNow() <= since + bounds.RevocationBound;

    /// <summary>Publishes the next version; does nothing where one is published already.</summary>
    /// <param name="session">The key store.</param>
    /// <param name="installation">Its installation key.</param>
    /// <param name="tenant">The tenant.</param>
    /// <param name="atOnce">
    /// True to activate without waiting for the other nodes: they load the new key when they meet it. For a key that must not
    /// encrypt any more.
    /// </param>
    /// <param name="cancellationToken">Cancels the call between steps.</param>
    /// <param name="reason">An operator's reason: the audit entry is chained. Null where a node rotates by itself.</param>
    /// <returns>The published or activated key; null where other nodes changed the same rows meanwhile.</returns>
    public async Task<KeyRecord?> RotateAsync(
        StoreSession session, Installation installation, string tenant, bool atOnce, CancellationToken cancellationToken, string? reason = null)
    {
        var (row, keys) = await ReadAsync(session, installation, tenant, cancellationToken).ConfigureAwait(false);
        if (keys.Count == 0)
        {
            throw NoKeyYet(tenant);
        }

        if (!keys.Any(static key => key.State == KeyState.PreActive))
        {
            int version = checked(keys.Max(static key => key.Version) + 1);
            await maker.TryMakeAsync(session, installation, new WantedKey(tenant, row.KekPolicy, KeyKind.Data, version, KeyState.PreActive), cancellationToken).ConfigureAwait(false);
        }

        return await AdvanceAsync(session, installation, tenant, atOnce, cancellationToken, reason).ConfigureAwait(false);
    }

    /// <summary>
    /// Puts a new key in the place of every key of the tenant at once. After a roll-back a published one is as suspect as the Active
    /// one: it may have been Active before.
    /// </summary>
    /// <returns>False where other nodes changed the same rows meanwhile.</returns>
    public async Task<bool> SucceedAllAsync(StoreSession session, Installation installation, string tenant, CancellationToken cancellationToken)
    {
        var (_, keys) = await ReadAsync(session, installation, tenant, cancellationToken).ConfigureAwait(false);
        if (keys.Count == 0)
        {
            // The key that the next write makes is younger than the roll-back.
            return true;
        }

        return (keys.All(static key => key.State != KeyState.PreActive) || await AdvanceAsync(session, installation, tenant, atOnce: true, cancellationToken).ConfigureAwait(false) is not null)
            && await RotateAsync(session, installation, tenant, atOnce: true, cancellationToken).ConfigureAwait(false) is not null;
    }

    /// <summary>Takes a rotation under way one step on where it is due: announce, or activate.</summary>
    /// <returns>The published or activated key; null where there is nothing to do, or other nodes did it.</returns>
    public async Task<KeyRecord?> AdvanceAsync(StoreSession session, Installation installation, string tenant, bool atOnce, CancellationToken cancellationToken, string? reason = null)
    {
        var (row, keys) = await ReadAsync(session, installation, tenant, cancellationToken).ConfigureAwait(false);
        var pending = keys.FirstOrDefault(static key => key.State == KeyState.PreActive);
        if (pending is null)
        {
            return null;
        }

        if (!atOnce && !IsDue(pending))
        {
            return pending.RowVersion >= Announced ? pending : await AnnounceAsync(session, installation, row, pending, reason, cancellationToken).ConfigureAwait(false);
        }

        return await ActivateAsync(session, installation, row, keys, pending, reason, cancellationToken).ConfigureAwait(false);
    }

    private async Task<KeyRecord?> AnnounceAsync(StoreSession session, Installation installation, TenantRecord row, KeyRecord pending, string? reason, CancellationToken cancellationToken)
    {
        var announced = installation.Rows.Sign(pending with { CreatedAt = services.Now, RowVersion = Announced });
        return await session.Store.TryChangeAsync(generation => Audited(installation, new KeyChange(Next(installation, row, generation), [announced]), AuditActions.KeyAnnounce, announced, reason), cancellationToken).ConfigureAwait(false)
            ? announced
            : null;
    }

    private async Task<KeyRecord?> ActivateAsync(
        StoreSession session, Installation installation, TenantRecord row, IReadOnlyList<KeyRecord> keys, KeyRecord pending, string? reason, CancellationToken cancellationToken)
    {
        var now = services.Now;
        var changes = new List<KeyRecord>();
        if (keys.FirstOrDefault(static key => key.State == KeyState.Active) is { } active)
        {
            changes.Add(installation.Rows.Sign(active with { State = KeyState.Deactivated, DeactivatedAt = now, RowVersion = active.RowVersion + 1 }));
        }

        var activated = installation.Rows.Sign(pending with { State = KeyState.Active, ActivatedAt = now, RowVersion = pending.RowVersion + 1 });
        changes.Add(activated);
        if (!await session.Store.TryChangeAsync(generation => Audited(installation, new KeyChange(Next(installation, row, generation), changes), AuditActions.KeyActivate, activated, reason), cancellationToken).ConfigureAwait(false))
        {
            return null;
        }

        services.Logger.KeyActivated(activated.KeyId.ToString(), activated.Version, activated.Tenant);
        return activated;
    }

    private async Task<(TenantRecord Row, IReadOnlyList<KeyRecord> Keys)> ReadAsync(StoreSession session, Installation installation, string tenant, CancellationToken cancellationToken)
    {
        var rows = await loader.ReadRowsAsync(session, installation, tenant, cancellationToken).ConfigureAwait(false);
        if (rows.Tenant is not { } row)
        {
            throw NoKeyYet(tenant);
        }

        return row.State switch
        {
            TenantState.Shredded => throw KeyRing.Shredded(tenant),
            TenantState.ShredScheduled => throw new KeyUnavailableException(
                KeyUnavailableReason.StateForbids, $"Tenant '{tenant}' is scheduled to be shredded. Cancel the shred first."),
            _ => (row, rows.Keys.Where(static key => key.Kind == KeyKind.Data).ToList()),
        };
    }

    private static KeyUnavailableException NoKeyYet(string tenant) => new(
        KeyUnavailableReason.StateForbids, $"Tenant '{tenant}' has no data key yet: its first write makes one.");

    private KeyChange Audited(Installation installation, KeyChange change, string action, KeyRecord key, string? reason)
    {
        var chain = new AuditChain(installation.Audit);
        var entry = services.Entries.Make(action, key.Tenant, key.KeyId, string.Create(CultureInfo.InvariantCulture, $"version {key.Version}{(reason is null ? "" : "; ")}{reason}"));
        return reason is null ? change with { Entry = chain.Sign(entry) } : change with { Chain = head => chain.Link(head, entry) };
    }

    private static TenantRecord Next(Installation installation, TenantRecord row, long generation) =>
        installation.Rows.Sign(row with { Generation = generation, RowVersion = row.RowVersion + 1 });
}
