using ColumnCrypt.Jobs;
using ColumnCrypt.Kek;
using ColumnCrypt.Keys;
using ColumnCrypt.Store;

namespace ColumnCrypt.Rewrap;

/// <summary>Moves keys side by side, and asks a KEK that does not answer again. Thread-safe.</summary>
/// <param name="mover">Moves one.</param>
/// <param name="batcher">Makes KEK calls of several keys together.</param>
/// <param name="keks">The KEKs that the configuration allows.</param>
/// <param name="options">What moves where.</param>
/// <param name="bounds">How many calls are made at once.</param>
/// <param name="services">Clock.</param>
internal sealed class PageMover(WrapMover mover, KekBatcher batcher, KekCaller keks, RewrapOptions options, KeyBounds bounds, RingServices services)
{
    private const int MaxAttempts = 5;
    private static readonly TimeSpan s_batchTime = JobDesk.LeaseTime / 3;

    /// <summary>Moves the keys of a page, the first ones at least: with a slow KEK it ends early, long before the job's lease does, and what is not begun by then is left to the next one.</summary>
    public async Task<KeyOutcome[]> MoveAsync(IReadOnlyList<KeyWithWraps> page)
    {
        long start = services.Time.GetTimestamp();
        var outcomes = new KeyOutcome?[page.Count];
        bool IsBegun(int i) => i == 0 || services.Time.GetElapsedTime(start) < s_batchTime;
        async Task MoveOneAsync(int i) => outcomes[i] = await PatientlyAsync(page[i]).ConfigureAwait(false);

        if (Together(page) is { } together)
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
    private int? Together(IReadOnlyList<KeyWithWraps> page)
    {
        var kekIds = page.SelectMany(RewrapScope.Alive).Select(static wrap => wrap.KekId).Concat(page.Select(key => HierarchicalUri.WrapIdOf(options.To, key.Key.Tenant))).ToHashSet(StringComparer.Ordinal);
        return !kekIds.Any(kekId => keks.MaxBatchSize(kekId) > 1) ? null
            : kekIds.Any(keks.IsSlow) ? bounds.MaxConcurrentKekCalls * 4
            : Math.Max(1, page.Count);
    }

    // A KEK that does not answer is asked again, each time after twice as long, give or take a quarter; then the run ends, resumable.
    private async Task<KeyOutcome> PatientlyAsync(KeyWithWraps key)
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
}
