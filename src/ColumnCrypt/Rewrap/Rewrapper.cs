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
    private static readonly TimeSpan s_batchTime = JobDesk.LeaseTime / 3;
    private const int MaxAttempts = 5;

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
        var stop = JobStop.Refused;
        try
        {
            stop = await StepsAsync(installation, run, options, cancellationToken).ConfigureAwait(false);
        }
        catch (KeyUnavailableException error) when (error.IsTransient)
        {
            stop = JobStop.Cancelled;
            throw;
        }
        finally
        {
            if (!run.IsLeaseLost)
            {
                run.Job = await desk.EndAsync(run.Job, stop, run.Summary).ConfigureAwait(false);
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
        var mover = new WrapMover(keks, installation, scope, options, services, batcher);
        run.IsEscrow = scope.IsEscrow;
        int standstill = 0;
        Task<MovedBatch>? ahead = null;
        try
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                var after = run.Job.Cursor is { } cursor ? KeyId.Parse(cursor) : range.After;
                var (page, outcomes) = await (ahead ?? MoveNextAsync(mover, batcher, after, range, options)).ConfigureAwait(false);
                ahead = null;
                if (page.Count == 0)
                {
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
                ahead = isWhole && options.MaxPerSecond is null ? MoveNextAsync(mover, batcher, page[^1].Key.KeyId, range, options) : null;
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

    private async Task<MovedBatch> MoveNextAsync(WrapMover mover, KekBatcher batcher, KeyId? after, KeyRange range, RewrapOptions options)
    {
        var page = await store.Store.Inventory.ReadKeysAsync(after, range.Until, options.EffectiveBatchSize, CancellationToken.None).ConfigureAwait(false);
        return new MovedBatch(page, await MoveAsync(mover, batcher, page, options).ConfigureAwait(false));
    }

    private static async Task EndedAsync(Task? ahead) => await (ahead ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    // With a slow KEK a batch ends early, long before its lease does: what is not begun by then is left to the next one.
    private async Task<KeyOutcome[]> MoveAsync(WrapMover mover, KekBatcher batcher, IReadOnlyList<KeyWithWraps> page, RewrapOptions options)
    {
        long start = services.Time.GetTimestamp();
        var outcomes = new KeyOutcome?[page.Count];
        bool IsBegun(int i) => i == 0 || services.Time.GetElapsedTime(start) < s_batchTime;
        async Task MoveOneAsync(int i) => outcomes[i] = await PatientlyAsync(mover, page[i]).ConfigureAwait(false);

        if (Together(page, options) is { } together)
        {
            foreach (int[] some in Enumerable.Range(0, page.Count).Chunk(together).TakeWhile(some => IsBegun(some[0])))
            {
                await batcher.RunAsync(some.Select(i => (Func<Task>)(() => MoveOneAsync(i)))).ConfigureAwait(false);
            }
        }
        else
        {
            await Parallel.ForAsync(
                0,
                page.Count,
                new ParallelOptions { MaxDegreeOfParallelism = bounds.MaxConcurrentKekCalls },
                async (i, _) => await (IsBegun(i) ? MoveOneAsync(i) : Task.CompletedTask).ConfigureAwait(false)).ConfigureAwait(false);
        }

        return [.. outcomes.TakeWhile(static outcome => outcome is not null).Select(static outcome => outcome!.Value)];
    }

    // How many keys are moved together, so that a KEK which takes several in a call gets them so: the page, or fewer where another KEK is called
    // for each. Null where no KEK does.
    private int? Together(IReadOnlyList<KeyWithWraps> page, RewrapOptions options)
    {
        var kekIds = page.SelectMany(RewrapScope.Alive).Select(static wrap => wrap.KekId).Concat(page.Select(key => HierarchicalUri.WrapIdOf(options.To, key.Key.Tenant))).ToHashSet(StringComparer.Ordinal);
        return !kekIds.Any(kekId => keks.MaxBatchSize(kekId) > 1) ? null
            : kekIds.Any(keks.IsSlow) ? bounds.MaxConcurrentKekCalls * 4
            : Math.Max(1, page.Count);
    }

    // A KEK that does not answer is asked again, each time after twice as long, give or take a quarter; then the run ends, resumable.
    private async Task<KeyOutcome> PatientlyAsync(WrapMover mover, KeyWithWraps key)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await mover.MoveAsync(key).ConfigureAwait(false);
            }
            catch (KeyUnavailableException error) when (error.IsTransient && attempt < MaxAttempts)
            {
                double spread = 0.75 + (0.5 * (unchecked((uint)HashCode.Combine(key.Key.KeyId, attempt)) / (double)uint.MaxValue));
                await Task.Delay(TimeSpan.FromMilliseconds(200 * Math.Pow(2, attempt - 1) * spread), services.Time, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    // The job comes as far as the first key whose change was left out because its row has moved on: that one is read again.
    private async Task<int> WriteAsync(Installation installation, RewrapRun run, IReadOnlyList<KeyWithWraps> page, KeyOutcome[] outcomes, bool force)
    {
        int counted = 0;
        var chain = new AuditChain(installation.Audit);
        var changes = outcomes.Where(static outcome => outcome.Change is not null).Select(static outcome => outcome.Change!).ToList();
        JobRecord? next = null;
        var applied = await store.Store.Inventory.ChangeWrapsAsync(
            changes,
            (done, head) =>
            {
                int first = Array.FindIndex(outcomes, outcome => outcome.Change is { } change && !done.Contains(change.KeyId));
                counted = first < 0 ? outcomes.Length : first;
                if (counted == 0 && force)
                {
                    outcomes[0] = new KeyOutcome(null, "Its row was changed by others again and again. Run the rewrap again.");
                    counted = 1;
                }

                next = desk.Renewed(installation, run.Advanced(page, outcomes.AsSpan(0, counted)));
                var entry = store.Entries.Make(AuditActions.RewrapBatch, detail: run.Describe(next, done.Count, page, outcomes));
                return new BatchEnd(next, done.Count == 0 && next.Failed == run.Job.Failed ? [] : chain.Link(head, entry));
            },
            CancellationToken.None).ConfigureAwait(false);
        if (applied is null)
        {
            run.IsLeaseLost = true;
            throw JobDesk.LeaseLost(run.Job);
        }

        run.Written(next!, page, outcomes.AsSpan(0, counted));
        return counted;
    }

    private async Task<long?> TotalAsync(RewrapOptions options, CancellationToken cancellationToken)
    {
        var counts = await store.Store.Inventory.CountAsync(cancellationToken).ConfigureAwait(false);
        return counts.Keys.Values.Sum() / options.Partitions;
    }
}
