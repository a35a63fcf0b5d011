using System.Runtime.ExceptionServices;
using ColumnCrypt.Audit;
using ColumnCrypt.Diagnostics;
using ColumnCrypt.Keys;
using ColumnCrypt.Metadata;
using ColumnCrypt.Operators;
using Microsoft.Extensions.Logging;

namespace ColumnCrypt.Shredding;

/// <summary>
/// Takes a tenant to its end: schedule, hold, cancel, destroy. Destroying marks the tenant first, in a transaction of its own: from
/// then on no key is made for it, so that the keys read after it are all that there are. Thread-safe.
/// </summary>
internal sealed class Shredder(OperatorStore store, RingTable table, RingServices services)
{
    // Each is a statement or two, and a transaction takes a second at most.
    private const int MaxKeysAtOnce = 200;

    public static readonly TimeSpan DefaultGrace = TimeSpan.FromDays(7);

    public Task<TenantRecord> ScheduleAsync(string tenant, string reason, TimeSpan grace, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(grace, TimeSpan.Zero);
        return MoveAsync(
            tenant,
            AuditActions.ShredSchedule,
            reason,
            row => row.State == TenantState.Active
                ? row with { State = TenantState.ShredScheduled, ShredScheduledAt = store.Now, ShredDueAt = store.Now + grace }
                : throw new KeyStateException($"The shred of tenant '{tenant}' is scheduled already, for {row.ShredDueAt:u}. Cancel it to schedule another."),
            cancellationToken);
    }

    public Task<TenantRecord> HoldAsync(string tenant, string reason, CancellationToken cancellationToken) => MoveAsync(
        tenant,
        AuditActions.ShredHold,
        reason,
        row => row.Hold is null ? row with { Hold = reason } : throw new KeyStateException($"Tenant '{tenant}' is under a legal hold already: {row.Hold}"),
        cancellationToken);

    public Task<TenantRecord> ReleaseAsync(string tenant, string reason, CancellationToken cancellationToken) => MoveAsync(
        tenant,
        AuditActions.ShredRelease,
        reason,
        row => row.Hold is not null ? row with { Hold = null } : throw new KeyStateException($"Tenant '{tenant}' is under no legal hold."),
        cancellationToken);

    public Task<TenantRecord> CancelAsync(string tenant, string reason, CancellationToken cancellationToken) => MoveAsync(
        tenant,
        AuditActions.ShredCancel,
        reason,
        row => row.State == TenantState.ShredScheduled
            ? row with { State = TenantState.Active, ShredScheduledAt = null, ShredDueAt = null }
            : throw new KeyStateException($"No shred of tenant '{tenant}' is scheduled."),
        cancellationToken);

    public async Task NowAsync(string tenant, string reason, CancellationToken cancellationToken)
    {
        bool marked = await MarkAsync(tenant, reason, onlyIfDue: false, cancellationToken).ConfigureAwait(false);
        await EnterAsync(tenant, cancellationToken).ConfigureAwait(false);
        bool destroyed = await DestroyAsync(tenant, reason, cancellationToken).ConfigureAwait(false);
        if (!marked && !destroyed)
        {
            throw KeyRing.Shredded(tenant);
        }

        services.Logger.TenantShredded(tenant);
    }

    /// <summary>
    /// Destroys the keys of every tenant whose shred is due, those whose destruction was interrupted included. A tenant with which that is
    /// impossible keeps no other from it; its error is raised once the rest is done.
    /// </summary>
    public async Task<IReadOnlyList<string>> DueAsync(CancellationToken cancellationToken)
    {
        const int pageSize = 5_000;
        var done = new List<string>();
        ExceptionDispatchInfo? failed = null;
        IReadOnlyList<TenantRecord> due;
        int before;
        do
        {
            due = await store.Store.Inventory.ReadDueTenantsAsync(store.Now, pageSize, cancellationToken).ConfigureAwait(false);
            before = done.Count;
            foreach (string tenant in due.Select(static row => row.Tenant))
            {
                cancellationToken.ThrowIfCancellationRequested();
                try
                {
                    await MarkAsync(tenant, "due", onlyIfDue: true, cancellationToken).ConfigureAwait(false);
                    await EnterAsync(tenant, cancellationToken).ConfigureAwait(false);
                    if (await DestroyAsync(tenant, "due", cancellationToken).ConfigureAwait(false))
                    {
                        services.Logger.TenantShredded(tenant);
                        done.Add(tenant);
                    }
                }
                catch (ColumnCryptException error)
                {
                    failed ??= ExceptionDispatchInfo.Capture(error);
                }
            }
        }
        while (due.Count == pageSize && done.Count > before);
        failed?.Throw();
        return done;
    }

    private async Task<bool> MarkAsync(string tenant, string reason, bool onlyIfDue, CancellationToken cancellationToken)
    {
        bool marked = await store.ChangeAsync(
            tenant,
            (row, _) =>
            {
                if (row.State == TenantState.Shredded)
                {
                    return null;
                }

                if (onlyIfDue && (row.Hold is not null || row.State != TenantState.ShredScheduled || row.ShredDueAt > store.Now))
                {
                    return null;
                }

                return row.Hold is null
                    ? new TenantChange(row with { State = TenantState.Shredded, ShreddedAt = store.Now, ShredDueAt = store.Now }, [], store.Entries.Make(AuditActions.ShredMark, tenant, null, reason))
                    : throw new KeyStateException($"Tenant '{tenant}' is under a legal hold: {row.Hold} Release it first.");
            },
            cancellationToken).ConfigureAwait(false);
        if (marked && table.Find(tenant) is { Ring: { } ring } slot)
        {
            ring.Fail(KeyRing.Shredded(tenant));
            table.Evict(slot, ring);
        }

        return marked;
    }

    // Into the ledger before the keys are gone: should this fail, the shred goes on when it is called again.
    private async Task EnterAsync(string tenant, CancellationToken cancellationToken)
    {
        if (services.Ledger is { } ledger)
        {
            var rows = await store.ReadTenantAsync(tenant, cancellationToken).ConfigureAwait(false);
            if (rows.Tenant is { State: TenantState.Shredded })
            {
                await ledger.AddAsync([.. rows.Keys.Select(static key => key.KeyId)], store.Now, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    // In parts, each one transaction. A wrap that somebody has put back for a key that is Destroyed is cleared with them.
    private async Task<bool> DestroyAsync(string tenant, string reason, CancellationToken cancellationToken)
    {
        bool destroyed = false;
        while (await DestroyPartAsync(tenant, reason, cancellationToken).ConfigureAwait(false))
        {
            destroyed = true;
        }

        return destroyed;
    }

    // A tenant that is marked keeps its due time until its keys are destroyed, so that a shred that stopped in between is found again.
    private Task<bool> DestroyPartAsync(string tenant, string reason, CancellationToken cancellationToken) => store.ChangeAsync(
        tenant,
        (row, rows) =>
        {
            var wrapped = rows.Wraps.Select(static wrap => wrap.KeyId).ToHashSet();
            var left = rows.Keys.Where(key => key.State != KeyState.Destroyed || wrapped.Contains(key.KeyId)).ToList();
            if (row.State != TenantState.Shredded || (left.Count == 0 && row.ShredDueAt is null))
            {
                return null;
            }

            var part = left.Take(MaxKeysAtOnce).Select(key => key with { State = KeyState.Destroyed, DestroyedAt = key.DestroyedAt ?? store.Now }).ToList();
            return new TenantChange(
                left.Count > part.Count ? row : row with { ShredDueAt = null },
                part,
                store.Entries.Make(AuditActions.ShredDestroy, tenant, null, $"{part.Count} keys; {reason}"),
                DropWraps: true);
        },
        cancellationToken);

    private async Task<TenantRecord> MoveAsync(string tenant, string action, string reason, Func<TenantRecord, TenantRecord> move, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        TenantRecord? moved = null;
        await store.ChangeAsync(
            tenant,
            (row, _) =>
            {
                moved = row.State == TenantState.Shredded ? throw KeyRing.Shredded(tenant) : move(row);
                return new TenantChange(moved, [], store.Entries.Make(action, tenant, null, reason));
            },
            cancellationToken).ConfigureAwait(false);
        return moved!;
    }
}
