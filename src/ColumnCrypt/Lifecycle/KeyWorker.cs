using System.Data.Common;
using ColumnCrypt.Audit;
using ColumnCrypt.Diagnostics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ColumnCrypt.Lifecycle;

/// <summary>
/// The background work of a process with a KEK identity: runs approved jobs, destroys what is due, takes checkpoints of the audit, and makes the wraps that keys lack.
/// Several may run; each job has one holder at a time.
/// </summary>
internal sealed class KeyWorker(IKeyManager keys, KeyWorkerOptions options, TimeProvider time, ILogger logger) : BackgroundService
{
    private AuditCheckpoint? _last;
    private DateTimeOffset _repairAt;

    /// <summary>One round of all but walks over rows. What fails is logged and tried again in the next.</summary>
    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        await TryAsync("Running jobs", async () => await keys.RunJobsAsync(null, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        await TryAsync("Destroying what is due", async () => await keys.ShredDueAsync(cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        await TryAsync("Taking a checkpoint of the audit", () => CheckpointAsync(cancellationToken), cancellationToken).ConfigureAwait(false);
        await TryAsync("Making the wraps that keys lack", () => RepairAsync(cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            // A walk over rows may take days, and a shred that is due waits for none.
            await Task.WhenAll(RepeatAsync(RunOnceAsync, stoppingToken), options.Data is { } data ? RepeatAsync(stop => WalkAsync(data, stop), stoppingToken) : Task.CompletedTask).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            logger.WorkerStopped();
        }
    }

    private async Task RepeatAsync(Func<CancellationToken, Task> round, CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Interval, time);
        do
        {
            await round(stoppingToken).ConfigureAwait(false);
        }
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false));
    }

    private Task WalkAsync(Func<string, DbDataSource?> data, CancellationToken cancellationToken) => TryAsync(
        "Running jobs over rows", async () => await keys.RunRowJobsAsync(data, options.Steps, null, cancellationToken).ConfigureAwait(false), cancellationToken);

    // Cut off after a round's time, so that nothing else waits for it, and gone on with in the next round.
    private async Task RepairAsync(CancellationToken cancellationToken)
    {
        if (time.GetUtcNow() < _repairAt)
        {
            return;
        }

        // Whatever comes of it: it reads the wraps of all keys, also where a KEK is still away.
        _repairAt = time.GetUtcNow() + options.RepairInterval;
        using var limit = new CancellationTokenSource(options.Interval, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await keys.RepairWrapsAsync(options.MaxRepairsPerSecond, both.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            _repairAt = time.GetUtcNow();
        }
    }

    private async Task CheckpointAsync(CancellationToken cancellationToken)
    {
        if (_last is { } last && time.GetUtcNow() - last.At < options.CheckpointInterval
            && !await HasEntryAsync(last.Sequence + options.CheckpointEntries, cancellationToken).ConfigureAwait(false))
        {
            return;
        }

        var checkpoint = await keys.CheckpointAuditAsync(cancellationToken).ConfigureAwait(false);
        if (options.Keep is { } keep)
        {
            await keep(checkpoint, cancellationToken).ConfigureAwait(false);
        }

        logger.AuditCheckpoint(checkpoint.InstallationId, checkpoint.Sequence, checkpoint.Hash);
        _last = checkpoint;
    }

    private async Task<bool> HasEntryAsync(long sequence, CancellationToken cancellationToken)
    {
        await foreach (var _ in keys.ListAuditAsync(sequence - 1, cancellationToken).ConfigureAwait(false))
        {
            return true;
        }

        return false;
    }

    private async Task TryAsync(string what, Func<Task> work, CancellationToken cancellationToken)
    {
        try
        {
            await work().ConfigureAwait(false);
        }
        catch (Exception error) when (error is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            logger.BackgroundFailed(what, error);
        }
    }
}
