using System.Runtime.ExceptionServices;
using System.Text.Json;
using ColumnCrypt.Jobs;
using ColumnCrypt.Kek;
using ColumnCrypt.Metadata;
using ColumnCrypt.Operators;
using ColumnCrypt.Rewrap;

namespace ColumnCrypt.Lifecycle;

/// <summary>Lets rewraps begin only where they may, as jobs that can be resumed. Thread-safe.</summary>
internal sealed class RewrapDesk(OperatorStore store, JobDesk jobs, JobRunner runner, Rewrapper rewrapper, KekDesk keks, StoreReader reader)
{
    private const int MaxListed = 1_000;
    private static readonly TimeSpan s_forgetNodesAfter = TimeSpan.FromDays(1);

    public async Task<RewrapResult> RunAsync(RewrapOptions options, IProgress<JobProgress>? progress, CancellationToken cancellationToken)
    {
        Check(options);
        if (options.DryRun)
        {
            return await rewrapper.CountAsync(options, cancellationToken).ConfigureAwait(false);
        }

        await DemandAsync(options, cancellationToken).ConfigureAwait(false);
        var job = await jobs.FindOrAddAsync(RewrapTarget.Kind, RewrapTarget.Write(options), cancellationToken).ConfigureAwait(false);
        return await rewrapper.RunAsync(job, options, progress, cancellationToken).ConfigureAwait(false);
    }

    public async Task<JobInfo> AddAsync(RewrapOptions options, CancellationToken cancellationToken)
    {
        Check(options);
        await DemandAsync(options, cancellationToken).ConfigureAwait(false);
        var job = await jobs.FindOrAddAsync(RewrapTarget.Kind, RewrapTarget.Write(options, keepsForce: true), cancellationToken).ConfigureAwait(false);
        return JobDesk.Describe(await store.InstallationAsync(cancellationToken).ConfigureAwait(false), job);
    }

    public async Task<RewrapResult> RunJobAsync(string jobId, double? maxPerSecond, int batchSize, IProgress<JobProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(jobId);
        var installation = await store.InstallationAsync(cancellationToken).ConfigureAwait(false);
        var job = await store.Store.Jobs.FindAsync(jobId, cancellationToken).ConfigureAwait(false) ?? throw new KeyStateException($"This key store holds no job {jobId}.");
        if (job.State != JobState.Requested && !installation.Rows.IsValid(job))
        {
            throw installation.Rows.Tampered("columncrypt_job", jobId);
        }

        if (job.State == JobState.Completed)
        {
            return new RewrapResult(JobDesk.Describe(installation, job), 0, 0, [], TimeSpan.Zero);
        }

        if (job.State is not (JobState.Ready or JobState.Running or JobState.Stopped) || job.Kind != RewrapTarget.Kind)
        {
            throw new KeyStateException(
                job.Kind != RewrapTarget.Kind ? $"Job {jobId} is no rewrap." : $"Job {jobId} is {job.State}{(job.State == JobState.Requested ? ": an operator approves it first" : "")}.");
        }

        var options = RewrapTarget.Read(job.Target) with { MaxPerSecond = maxPerSecond, BatchSize = batchSize };
        Check(options);
        return await RunAsync(job, options, progress, cancellationToken).ConfigureAwait(false);
    }

    public async Task<JobInfo> EnqueueAsync(RewrapOptions options, CancellationToken cancellationToken)
    {
        Check(options);
        return JobDesk.Describe(null, await jobs.RequestAsync(RewrapTarget.Kind, RewrapTarget.Write(options), cancellationToken).ConfigureAwait(false));
    }

    public async Task<IReadOnlyList<JobInfo>> ListJobsAsync(CancellationToken cancellationToken)
    {
        var installation = await store.InstallationAsync(cancellationToken).ConfigureAwait(false);
        List<JobRecord> listed = [.. (await jobs.ListAsync(cancellationToken).ConfigureAwait(false)).TakeLast(MaxListed).Reverse()];
        var reasons = await new JobReasons(store).ReadAsync(listed, cancellationToken).ConfigureAwait(false);
        return [.. listed.Select(job => JobDesk.Describe(installation, job, reasons.GetValueOrDefault(job.JobId)))];
    }

    public async Task<JobInfo?> FindJobAsync(string jobId, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(jobId);
        var installation = await store.InstallationAsync(cancellationToken).ConfigureAwait(false);
        return await store.Store.Jobs.FindAsync(jobId, cancellationToken).ConfigureAwait(false) is { } job
            ? JobDesk.Describe(installation, job, (await new JobReasons(store).ReadAsync([job], cancellationToken).ConfigureAwait(false)).GetValueOrDefault(jobId))
            : null;
    }

    public async Task<JobInfo> ApproveAsync(string jobId, CancellationToken cancellationToken) =>
        JobDesk.Describe(await store.InstallationAsync(cancellationToken).ConfigureAwait(false), await jobs.ApproveAsync(jobId, static (kind, target) => StepDesk.Canonical(kind, target) ?? RewrapTarget.Write(RewrapTarget.Read(target)), cancellationToken).ConfigureAwait(false));

    public async Task<JobInfo> CancelAsync(string jobId, CancellationToken cancellationToken) =>
        JobDesk.Describe(await store.InstallationAsync(cancellationToken).ConfigureAwait(false), await jobs.CancelAsync(jobId, cancellationToken).ConfigureAwait(false));

    public async Task<int> RunJobsAsync(IProgress<JobProgress>? progress, CancellationToken cancellationToken)
    {
        await store.Store.Jobs.RemoveNodesAsync(store.Now - s_forgetNodesAfter, cancellationToken).ConfigureAwait(false);
        return await runner.RunReadyAsync(
            static job => job.Kind == RewrapTarget.Kind,
            async job =>
            {
                await RunAsync(job, RewrapTarget.Read(job.Target), progress, cancellationToken).ConfigureAwait(false);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Makes the wraps that keys lack of the KEKs that may lag, each KEK's as a job that nothing else runs. One that does not answer is left for the next time, and so is
    /// a job that another worker has; one that was stopped waits for an operator.
    /// </summary>
    /// <returns>How many keys got a wrap.</returns>
    public async Task<long> RepairAsync(double maxPerSecond, CancellationToken cancellationToken)
    {
        long repaired = 0;
        ExceptionDispatchInfo? failed = null;
        foreach (string kekId in await keks.RepairedIdsAsync(cancellationToken).ConfigureAwait(false))
        {
            var options = new RewrapOptions(kekId) { MaxPerSecond = maxPerSecond, OnlyMissing = true };
            Check(options);
            try
            {
                repaired += await RepairAsync(options, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                failed ??= ExceptionDispatchInfo.Capture(error);
            }
        }

        failed?.Throw();
        return repaired;
    }

    private Task<RewrapResult> RunAsync(JobRecord job, RewrapOptions options, IProgress<JobProgress>? progress, CancellationToken cancellationToken) => runner.RunAsync(job, async () =>
    {
        await DemandAsync(options, cancellationToken).ConfigureAwait(false);
        return await rewrapper.RunAsync(job, options, progress, cancellationToken).ConfigureAwait(false);
    });

    private async Task<long> RepairAsync(RewrapOptions options, CancellationToken cancellationToken)
    {
        var count = await rewrapper.CountAsync(options, cancellationToken).ConfigureAwait(false);
        if (count.Succeeded == count.Processed)
        {
            return 0;
        }

        // Asked before, so that a KEK which is still away costs one call and no job.
        await keks.DemandAnswerAsync(options.To, cancellationToken).ConfigureAwait(false);
        await keks.PlaceAsync(options.To, cancellationToken).ConfigureAwait(false);
        var job = await jobs.FindOrAddAsync(RewrapTarget.RepairKind, RewrapTarget.Write(options), cancellationToken).ConfigureAwait(false);
        if (job.State == JobState.Stopped)
        {
            throw new KeyStateException(
                $"Wraps under {options.To} are missing, and making them was stopped because a KEK denied it. Mend that, then approve job {job.JobId}, or cancel it to begin anew.");
        }

        if (!jobs.IsFree(job))
        {
            return 0;
        }

        var result = await rewrapper.RunAsync(job, options, null, cancellationToken).ConfigureAwait(false);
        return result.Failures is [var first, ..]
            ? throw new KeyStateException($"{result.Failures.Count} keys got no wrap under {options.To}. Key {first.KeyId}: {first.Reason}")
            : count.Processed - count.Succeeded;
    }

    private async Task DemandAsync(RewrapOptions options, CancellationToken cancellationToken)
    {
        if (!keks.IsAllowed(options.To))
        {
            await DemandOwnAsync(options, cancellationToken).ConfigureAwait(false);
            await DemandUnwrappedAsync(options, cancellationToken).ConfigureAwait(false);
            return;
        }

        if (await keks.IsEscrowAsync(options.To, cancellationToken).ConfigureAwait(false))
        {
            if (options.Phase == RewrapPhase.Drop)
            {
                throw new KeyStateException($"No wraps are dropped for {options.To}: this process cannot unwrap through it. An escrow is kept beside the KEK, and does not replace it.");
            }

            await keks.PutLastAsync(options.To, cancellationToken).ConfigureAwait(false);
            return;
        }

        if (keks.IsAlso(options.To) && options is { Phase: RewrapPhase.Drop, From: null })
        {
            throw new KeyStateException(
                $"No wraps are dropped for {options.To}: it stands beside the KEK that wraps (AlsoUseKek), and every key would hang on it alone. Name the KEK whose wraps are to go with From.");
        }

        await (keks.IsAlso(options.To) ? keks.PlaceAsync(options.To, cancellationToken) : keks.PreferAsync(options.To, cancellationToken)).ConfigureAwait(false);
        await DemandUnwrappedAsync(options, cancellationToken).ConfigureAwait(false);
    }

    // A KEK that the configuration does not name is called for the one tenant whose row names it.
    private async Task DemandOwnAsync(RewrapOptions options, CancellationToken cancellationToken)
    {
        if (options.Tenants is not { Count: 1 } tenants
            || (await store.ReadTenantAsync(tenants.Single(), cancellationToken).ConfigureAwait(false)).Tenant is not { } row
            || row.KekPolicy != options.To)
        {
            throw new KeyUnavailableException(
                KeyUnavailableReason.KekNotAllowed,
                $"The configuration does not allow the KEK {options.To}. Name it there with UseKek or AllowKek; where it is a tenant's own, rewrap for that tenant alone.");
        }
    }

    private async Task DemandUnwrappedAsync(RewrapOptions options, CancellationToken cancellationToken)
    {
        if (options is { Phase: RewrapPhase.Drop, Force: false })
        {
            var installation = await store.InstallationAsync(cancellationToken).ConfigureAwait(false);
            var nodes = await reader.LiveNodesAsync(installation, cancellationToken).ConfigureAwait(false);
            string[] through = HierarchicalUri.IsHierarchical(options.To) ? [HierarchicalUri.InnerOf(options.To), HierarchicalUri.Layer] : [options.To];
            var behind = nodes.Where(node => through.Except(JsonSerializer.Deserialize<string[]>(node.Keks)!, StringComparer.Ordinal).Any()).Select(static node => node.Name).ToList();
            if (behind.Count > 0)
            {
                throw new KekInUseException(
                    $"Old wraps are not dropped: {behind.Count} of {nodes.Count} running nodes have not unwrapped through {options.To} yet ({string.Join(", ", behind.Take(5))}). "
                    + "Allow it in their configuration and wait: a node unwraps anew within its refresh interval of 15 min, or lets go of idle keys after 30 min. Force drops all the same.",
                    isTransient: true);
            }
        }
    }

    private static void Check(RewrapOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrWhiteSpace(options.To, "To");
        ArgumentOutOfRangeException.ThrowIfLessThan(options.BatchSize, 1, "BatchSize");
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.BatchSize, 1_000, "BatchSize");
        ArgumentOutOfRangeException.ThrowIfLessThan(options.StopAfterDenied, 1, "StopAfterDenied");
        if (options.MaxPerSecond is { } rate)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(rate, 0.05, "MaxPerSecond");
        }

        if (options.Tenants is { } tenants)
        {
            ArgumentOutOfRangeException.ThrowIfZero(tenants.Count, "Tenants");
            ArgumentOutOfRangeException.ThrowIfGreaterThan(tenants.Count, RewrapOptions.MaxTenants, "Tenants");
        }

        KeyRange.Of(options.Partition, options.Partitions);
    }
}
