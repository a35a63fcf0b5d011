using ColumnCrypt.Diagnostics;
using ColumnCrypt.Metadata;
using Microsoft.Extensions.Logging;

namespace ColumnCrypt.Keys;

/// <summary>
/// The background work of an instance, at every poll interval: read the generation counter of each store, refresh what changed,
/// finish rotations that are due, evict what is idle; where a store has a signal, read its counter when that speaks, too. Starts with the first session; ends when disposed.
/// </summary>
internal sealed class RingWatch(RingTable table, RingRefresher refresher, KeyRotator rotator, NodeReporter reporter, KekCaller keks, KeyBounds bounds, RingServices services) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<StoreSession> _sessions = [];
    private readonly List<SignalListener> _listeners = [];
    private ITimer? _timer;
    private int _ticking;
    private bool _disposed;

    public void Add(StoreSession session)
    {
        session.GenerationChanged = seen => RefreshChangedAsync(session, seen);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _sessions.Add(session);

            // Outside the caller's context: his activity, log scope and ambient values would stay with the timer for good.
            using (ExecutionContext.IsFlowSuppressed() ? default : ExecutionContext.SuppressFlow())
            {
                _timer ??= services.Time.CreateTimer(_ => _ = TickAsync(), null, bounds.PollInterval, bounds.PollInterval);
                Listen(session);
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _timer?.Dispose();
            _listeners.ForEach(static listener => listener.Dispose());
        }
    }

    /// <summary>One round. A round that is still under way is not joined by another.</summary>
    public async Task TickAsync()
    {
        if (Interlocked.Exchange(ref _ticking, 1) != 0)
        {
            return;
        }

        try
        {
            StoreSession[] sessions;
            lock (_gate)
            {
                sessions = [.. _sessions];
            }

            foreach (var session in sessions.Where(session => table.Cached.Any(slot => slot.Session == session)))
            {
                await PollAsync(session, () => session.ReadGenerationAsync(CancellationToken.None)).ConfigureAwait(false);
                await ReportAsync(session).ConfigureAwait(false);
            }

            await AdvanceRotationsAsync().ConfigureAwait(false);
            table.Sweep();
            keks.Sweep();
        }
        catch (Exception error)
        {
            services.Logger.BackgroundFailed("A round of background work", error);
        }
        finally
        {
            Volatile.Write(ref _ticking, 0);
        }
    }

    private void Listen(StoreSession session)
    {
        if (session.Store.Signal is { } signal)
        {
            var listener = new SignalListener(
                signal, () => session.IsInUse ? PollAsync(session, session.ReadGenerationAnewAsync) : Task.CompletedTask, services.Time, services.Logger);
            _listeners.Add(listener);
            listener.Start();
        }
    }

    private async Task PollAsync(StoreSession session, Func<Task> read)
    {
        try
        {
            await read().ConfigureAwait(false);
        }
        catch (Exception error)
        {
            services.Logger.BackgroundFailed("Reading the generation counter", error);
            session.BlockIfCutOff(error);
        }
    }

    private async Task ReportAsync(StoreSession session)
    {
        if (!session.IsBlocked && await session.GetInstallationAsync(create: false, CancellationToken.None).ConfigureAwait(false) is { } installation)
        {
            await reporter.ReportAsync(session, installation).ConfigureAwait(false);
        }
    }

    private async Task RefreshChangedAsync(StoreSession session, long seen)
    {
        var changed = (await session.Store.ReadChangedTenantsAsync(seen, CancellationToken.None).ConfigureAwait(false)).ToHashSet(StringComparer.Ordinal);
        var rings = table.Cached.Where(slot => slot.Session == session && changed.Contains(slot.Tenant)).Select(static slot => (Slot: slot, slot.Ring)).ToList();
        await Task.WhenAll(rings.Where(static found => found.Ring is not null).Select(found => RefreshChangedAsync(found.Slot, found.Ring!))).ConfigureAwait(false);
    }

    // All wait for the rows of all, and for none of their KEKs: whether a tenant's KEK answers in time is that tenant's trouble.
    private async Task RefreshChangedAsync(RingSlot slot, KeyRing ring)
    {
        try
        {
            await refresher.RefreshAsync(slot, ring, unwrapAll: false, patience: bounds.PollInterval / 2).ConfigureAwait(false);
        }
        catch (ColumnCryptException error) when (!error.IsTransient)
        {
            // Logged, and the ring evicted: one tenant's trouble is not the others'.
        }
    }

    // A published key is announced, and activated once it is due; a key at the end of its cryptoperiod gets a successor published.
    private Func<StoreSession, Installation, string, bool, CancellationToken, string?, Task<KeyRecord?>>? StepOf(KeyRing ring)
    {
        if (ring.State.Pending is { } pending)
        {
            return ring.State.Keys[pending.KeyId].Key is not null && (pending.RowVersion == 1 || rotator.IsDue(pending)) ? rotator.AdvanceAsync : null;
        }

        return bounds.RotateAtCryptoperiod && ring.State is { Tenant.State: TenantState.Active, Active.Record.ActivatedAt: { } since } && services.Time.GetUtcNow() >= since + bounds.Cryptoperiod
            ? rotator.RotateAsync
            : null;
    }

    private async Task AdvanceRotationsAsync()
    {
        foreach (var slot in table.Cached.ToList())
        {
            if (slot.Ring is not { } ring || StepOf(ring) is not { } step)
            {
                continue;
            }

            try
            {
                var installation = await slot.Session.GetInstallationAsync(create: false, CancellationToken.None).ConfigureAwait(false);
                await step(slot.Session, installation!, slot.Tenant, false, CancellationToken.None, null).ConfigureAwait(false);
                await refresher.RefreshAsync(slot, ring, unwrapAll: false).ConfigureAwait(false);
            }
            catch (ColumnCryptException error)
            {
                services.Logger.BackgroundFailed("Finishing a rotation", error);
            }
        }
    }
}
