using ColumnCrypt.Audit;
using ColumnCrypt.Format;
using ColumnCrypt.Jobs;
using ColumnCrypt.Kek;
using ColumnCrypt.Keys;
using ColumnCrypt.Metadata;
using ColumnCrypt.Operators;
using ColumnCrypt.Store;

namespace ColumnCrypt.Rewrap;

/// <summary>
/// The stepper of a rewrap: a batch of keys in the order of their ids, KEK calls side by side, one transaction that writes the wraps,
/// the job's progress and the audit entry together. Whatever stops it, the next run goes on behind the last batch. Thread-safe.
/// </summary>
internal sealed class Rewrapper(OperatorStore store, JobDesk desk, KekCaller keks, KeyBounds bounds, RingServices services)
{
    private const int MaxStandstill = 8;

    /// <summary>Works on a job until it is done.</summary>
    /// <param name="job">The job, whose lease nobody holds.</param>
    /// <param name="options">Its target, and how fast.</param>
    /// <param name="progress">Told after every batch.</param>
    /// <param name="cancellationToken">Stops after the batch under way.</param>
    public async Task<RewrapResult> RunAsync(JobRecord job, RewrapOptions options, IProgress<JobProgress>? progress, CancellationToken cancellationToken)
    {
        var installation = await store.InstallationAsync(cancellationToken).ConfigureAwait(false);
        var leased = await desk.LeaseAsync(job, cancellationToken).ConfigureAwait(false);
        var run = new RewrapRun(leased, await TotalAsync(options, cancellationToken).ConfigureAwait(false), options, services.Time, progress);

        // Only what a KEK refused stops it here. After any other error it is ready, unless whoever runs it stops it.
        var stop = JobStop.Cancelled;
        string? reason = null;
        try
        {
            stop = await StepsAsync(installation, run, options, cancellationToken).ConfigureAwait(false);
            reason = stop == JobStop.Refused ? run.LastFailure : null;
        }
        catch (Exception error)
        {
            // Of an error that is none of ColumnCrypt's, nobody knows what its text holds.
            reason = error is ColumnCryptException ? error.Message : error.GetType().Name;
            throw;
        }
        finally
        {
            if (!run.IsLeaseLost)
            {
                run.Job = await desk.EndAsync(run.Job, stop, reason is null ? run.Summary : $"{run.Summary}; {reason}").ConfigureAwait(false);
            }
        }

        cancellationToken.ThrowIfCancellationRequested();
        return run.Result(JobDesk.Describe(installation, run.Job));
    }

    /// <summary>Counts what a run would do, and changes nothing. Calls no KEK but an escrow KEK, for its version.</summary>
    public async Task<RewrapResult> CountAsync(RewrapOptions options, CancellationToken cancellationToken)
    {
        long start = services.Time.GetTimestamp();
        var range = KeyRange.Of(options.Partition, options.Partitions);
        var scope = await RewrapScope.OfAsync(options, keks, cancellationToken).ConfigureAwait(false);
        long processed = 0;
        long done = 0;
        for (var after = range.After; ;)
        {
            var page = await store.Store.Inventory.ReadKeysAsync(after, range.Until, options.BatchSize, cancellationToken).ConfigureAwait(false);
            processed += page.Count;
            done += page.Count(key => !scope.Moves(key));
            if (page.Count < options.BatchSize)
            {
                return new RewrapResult(null, processed, done, [], services.Time.GetElapsedTime(start)) { IsEscrow = scope.IsEscrow };
            }

            after = page[^1].Key.KeyId;
        }
    }

    // The next batch is read and moved while this one is written: its first key does not depend on that, unless some of this one is left
    // out. Under a limit of keys a second nothing is done ahead.
    private async Task<JobStop> StepsAsync(Installation installation, RewrapRun run, RewrapOptions options, CancellationToken cancellationToken)
    {
        var range = KeyRange.Of(options.Partition, options.Partitions);
        var scope = await RewrapScope.OfAsync(options, keks, CancellationToken.None).ConfigureAwait(false);
        var batcher = keks.Batcher();
        using var prover = options.Phase == RewrapPhase.Drop ? keks.Prover(options.To, installation.Id) : null;
        var mover = new PageMover(new WrapMover(keks, installation, scope, options, services, batcher, prover), batcher, keks, options, bounds, services);
        run.IsEscrow = scope.IsEscrow;
        if (prover is not null && !await DropOfNoTenantAsync(installation, run, scope, mover, options).ConfigureAwait(false))
        {
            return JobStop.Refused;
        }

        int standstill = 0;
        Task<MovedBatch>? ahead = null;
        try
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                var after = run.Job.Cursor is { } cursor ? KeyId.Parse(cursor) : range.After;
                var (page, outcomes) = await (ahead ?? MoveNextAsync(mover, after, range, options)).ConfigureAwait(false);
                ahead = null;
                if (page.Count == 0)
                {
                    await (options.Phase == RewrapPhase.Add ? AddOfNoTenantAsync(installation, run, scope, mover, options) : Task.CompletedTask).ConfigureAwait(false);
                    return JobStop.None;
                }

                // The job does not come past keys that were denied at its end: once that is mended, it goes on with them.
                int denied = run.DeniedAtTheEnd(outcomes, out bool isTooMany);
                if (isTooMany)
                {
                    run.Note(page, outcomes, outcomes.Length - denied);
                    outcomes = outcomes[..^denied];
                }

                bool isWhole = outcomes.Length == page.Count;
                ahead = isWhole && options.MaxPerSecond is null ? MoveNextAsync(mover, page[^1].Key.KeyId, range, options) : null;
                int written = outcomes.Length == 0 ? 0 : await WriteAsync(installation, run, page, outcomes, force: standstill >= MaxStandstill).ConfigureAwait(false);
                if (isTooMany)
                {
                    return JobStop.Refused;
                }

                standstill = written == 0 ? standstill + 1 : 0;
                if (written < page.Count)
                {
                    await EndedAsync(ahead).ConfigureAwait(false);
                    ahead = null;
                }

                await run.PaceAsync(cancellationToken).ConfigureAwait(false);
            }

            return JobStop.Cancelled;
        }
        finally
        {
            await EndedAsync(ahead).ConfigureAwait(false);
        }
    }

    // What lies below intermediate keys opens by nothing else, and nothing opens without the installation key. So these let go of their old wraps first, and where one of
    // them is not proved, nothing is dropped. The job counts them when it comes past them.
    private Task<bool> DropOfNoTenantAsync(Installation installation, RewrapRun run, RewrapScope scope, PageMover mover, RewrapOptions options) =>
        MoveOfNoTenantAsync(installation, run, mover, options, scope.Moves, async (page, outcomes) =>
        {
            bool isProved = !Array.Exists(outcomes, static outcome => outcome is { Failure: not null, Change: null });
            bool isWhole = await WriteAsideAsync(installation, run, page, outcomes, counts: false).ConfigureAwait(false);
            run.Note(page, isProved ? [] : outcomes, 0);
            return isProved ? isWhole : null;
        });

    // Those that were made since the job began: nodes know nothing of it, and wrap them as they are configured. One that is older belongs to the run of its part.
    private Task AddOfNoTenantAsync(Installation installation, RewrapRun run, RewrapScope scope, PageMover mover, RewrapOptions options)
    {
        var range = KeyRange.Of(options.Partition, options.Partitions);
        bool IsMeant(KeyRecord key) => range.Contains(key.KeyId) || key.CreatedAt > run.Job.RequestedAt;

        return MoveOfNoTenantAsync(installation, run, mover, options, key => IsMeant(key.Key) && scope.IsMissing(key) && !run.HasFailed(key), async (page, outcomes) =>
            await WriteAsideAsync(installation, run, page, outcomes, counts: true).ConfigureAwait(false));
    }

    // Writes give null to end it; false where a row has moved on, and is read again.
    private async Task<bool> MoveOfNoTenantAsync(
        Installation installation, RewrapRun run, PageMover mover, RewrapOptions options, Func<KeyWithWraps, bool> isMeant, Func<List<KeyWithWraps>, KeyOutcome[], Task<bool?>> write)
    {
        for (int attempt = 0; attempt < OperatorStore.MaxAttempts; attempt++)
        {
            bool isWhole = true;
            var keys = (await store.Store.Inventory.ReadKeysOfAsync("", CancellationToken.None).ConfigureAwait(false)).Where(isMeant).ToList();
            for (int moved = 0; moved < keys.Count;)
            {
                var page = keys.GetRange(moved, Math.Min(options.BatchSize, keys.Count - moved));
                var outcomes = await mover.MoveAsync(page).ConfigureAwait(false);
                if (await write(page, outcomes).ConfigureAwait(false) is not { } written)
                {
                    return false;
                }

                isWhole &= written;
                moved += outcomes.Length;
            }

            if (isWhole)
            {
                return true;
            }
        }

        throw OperatorStore.Contended("the keys of no tenant");
    }

    private async Task<MovedBatch> MoveNextAsync(PageMover mover, KeyId? after, KeyRange range, RewrapOptions options)
    {
        var page = await store.Store.Inventory.ReadKeysAsync(after, range.Until, options.EffectiveBatchSize, CancellationToken.None).ConfigureAwait(false);
        return new MovedBatch(page, await mover.MoveAsync(page).ConfigureAwait(false));
    }

    private static async Task EndedAsync(Task? ahead) => await (ahead ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    // The job comes as far as the first key whose change was left out because its row has moved on: that one is read again.
    private async Task<int> WriteAsync(Installation installation, RewrapRun run, IReadOnlyList<KeyWithWraps> page, KeyOutcome[] outcomes, bool force)
    {
        int counted = 0;
        var next = await WriteAsync(
            installation,
            run,
            page,
            outcomes,
            done =>
            {
                int first = Array.FindIndex(outcomes, outcome => outcome.Change is { } change && !done.Contains(change.KeyId));
                counted = first < 0 ? outcomes.Length : first;
                if (counted == 0 && force)
                {
                    outcomes[0] = new KeyOutcome(null, "Its row was changed by others again and again. Run the rewrap again.");
                    counted = 1;
                }

                return run.Advanced(page, outcomes.AsSpan(0, counted));
            }).ConfigureAwait(false);
        run.Written(next, page, outcomes.AsSpan(0, counted));
        return counted;
    }

    // Keys out of their order: the job comes no further. False where a row has moved on, and then none of them is counted.
    private async Task<bool> WriteAsideAsync(Installation installation, RewrapRun run, IReadOnlyList<KeyWithWraps> page, KeyOutcome[] outcomes, bool counts)
    {
        bool isWhole = false;
        var next = await WriteAsync(
            installation,
            run,
            page,
            outcomes,
            done =>
            {
                isWhole = Array.TrueForAll(outcomes, outcome => outcome.Change is not { } change || done.Contains(change.KeyId));
                return isWhole && counts ? run.Advanced(page, outcomes, isAside: true) : run.Job;
            }).ConfigureAwait(false);
        if (isWhole && counts)
        {
            run.Written(next, page, outcomes);
        }

        run.Job = next;
        return isWhole;
    }

    private async Task<JobRecord> WriteAsync(
        Installation installation, RewrapRun run, IReadOnlyList<KeyWithWraps> page, KeyOutcome[] outcomes, Func<IReadOnlySet<KeyId>, JobRecord> advance)
    {
        var chain = new AuditChain(installation.Audit);
        var changes = outcomes.Where(static outcome => outcome.Change is not null).Select(static outcome => outcome.Change!).ToList();
        JobRecord? next = null;
        var applied = await store.Store.Inventory.ChangeWrapsAsync(
            changes,
            (done, head) =>
            {
                next = desk.Renewed(installation, advance(done));
                var entry = store.Entries.Make(AuditActions.RewrapBatch, detail: run.Describe(next, done.Count, page, outcomes));
                return new BatchEnd(next, done.Count == 0 && next.Failed == run.Job.Failed ? [] : chain.Link(head, entry));
            },
            CancellationToken.None).ConfigureAwait(false);
        if (applied is null)
        {
            run.IsLeaseLost = true;
            throw JobDesk.LeaseLost(run.Job);
        }

        return next!;
    }

    private async Task<long?> TotalAsync(RewrapOptions options, CancellationToken cancellationToken)
    {
        var counts = await store.Store.Inventory.CountAsync(cancellationToken).ConfigureAwait(false);
        return counts.Keys.Values.Sum() / options.Partitions;
    }
}
