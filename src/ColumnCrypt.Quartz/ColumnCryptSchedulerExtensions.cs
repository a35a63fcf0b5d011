using System.Globalization;
using ColumnCrypt.Lifecycle;
using ColumnCrypt.Rewrap;

namespace Quartz;

/// <summary>Puts ColumnCrypt's work on a Quartz scheduler.</summary>
public static class ColumnCryptSchedulerExtensions
{
    /// <summary>The group of the jobs.</summary>
    public const string Group = "columncrypt";

    /// <summary>
    /// Schedules a rewrap in partitions, each a job of its own that any node of the cluster may run, one at a time; a node that dies is
    /// succeeded by another. Scheduled again, partitions that are under way stay as they are, and finished ones run anew.
    /// </summary>
    /// <remarks>
    /// Each partition is a job of the key store, made here under its mac, so this process needs a KEK identity. Quartz's tables hold its id and how
    /// fast it runs: who writes to them can start a job that was made, but cannot say what one does.
    /// </remarks>
    /// <param name="scheduler">The scheduler. Its nodes have an <c>IKeyManager</c> in their services: call <c>AddColumnCrypt</c>.</param>
    /// <param name="keys">The verbs of the key store.</param>
    /// <param name="options">What to move where; Partition and Partitions are set here.</param>
    /// <param name="partitions">Into how many parts the keys are divided. 1 to 256; twice the number of nodes is a good start.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The jobs.</returns>
    public static async Task<IReadOnlyList<JobKey>> ScheduleRewrapAsync(
        this IScheduler scheduler, IKeyManager keys, RewrapOptions options, int partitions, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(scheduler);
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentNullException.ThrowIfNull(options);
        if (options.DryRun)
        {
            throw new ArgumentException("What only counts is not scheduled: call RewrapAsync.", nameof(options));
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(partitions, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(partitions, 256);
        var jobs = new List<JobKey>();
        for (int partition = 0; partition < partitions; partition++)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"rewrap {options.From ?? "*"} > {options.To} {options.Phase} {partition}/{partitions}");
            var key = new JobKey(name, Group);
            jobs.Add(key);
            if (await scheduler.Exists(key, cancellationToken).ConfigureAwait(false))
            {
                continue;
            }

            var made = await keys.AddRewrapJobAsync(options with { Partition = partition, Partitions = partitions }, cancellationToken).ConfigureAwait(false);
            var job = JobBuilder.Create<ColumnCrypt.Quartz.RewrapPartitionJob>()
                .WithIdentity(name, Group)
                .UsingJobData(ColumnCrypt.Quartz.RewrapJobData.Write(made.JobId, options))
                .DisallowConcurrentExecution()
                .RequestRecovery()
                .Build();
            var trigger = TriggerBuilder.Create()
                .WithIdentity(name, Group)
                .WithRetryPolicy(RetryPolicy.Exponential(5, TimeSpan.FromSeconds(30), 2, TimeSpan.FromMinutes(10)))
                .StartNow()
                .Build();
            await scheduler.ScheduleJob(job, trigger, cancellationToken: cancellationToken).ConfigureAwait(false);
        }

        return jobs;
    }

    /// <summary>
    /// Schedules a job that walks rows, made by <c>AddReencryptJobAsync</c> or <c>AddAdoptJobAsync</c>, for any node of the cluster to run; a node that
    /// dies is succeeded by another. Scheduled again while it is under way, it stays as it is.
    /// </summary>
    /// <remarks>
    /// To pause it, pause the Quartz job and interrupt it: what is moved stays moved. Resumed, and scheduled again where it had no cron expression, it
    /// goes on behind its last batch. Where the job is Stopped, for an error that lasts, nothing that fires runs it; once an operator has approved it,
    /// the next firing of its cron expression does, and one without is scheduled again.
    /// </remarks>
    /// <param name="scheduler">The scheduler. Its nodes have an <c>IKeyManager</c> and a <see cref="ColumnCrypt.Quartz.RowJobSources"/> in their services.</param>
    /// <param name="job">The job of the key store.</param>
    /// <param name="database">The database, as the manifest names it.</param>
    /// <param name="cron">
    /// When it begins, or goes on, as a cron expression of Quartz; it ends with the job. Null, the default, for at once, with repetitions where it fails.
    /// </param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The Quartz job.</returns>
    /// <exception cref="FormatException"><paramref name="cron"/> is none.</exception>
    public static async Task<JobKey> ScheduleRowJobAsync(
        this IScheduler scheduler, ColumnCrypt.Jobs.JobInfo job, string database, string? cron = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(scheduler);
        ArgumentNullException.ThrowIfNull(job);
        ArgumentException.ThrowIfNullOrEmpty(database);
        var key = new JobKey($"{job.Kind} {job.JobId}", Group);
        if (!await scheduler.Exists(key, cancellationToken).ConfigureAwait(false))
        {
            var scheduled = JobBuilder.Create<ColumnCrypt.Quartz.RowJob>()
                .WithIdentity(key.Name, Group)
                .UsingJobData(new JobDataMap { ["jobId"] = job.JobId, ["database"] = database })
                .DisallowConcurrentExecution()
                .RequestRecovery()
                .Build();
            var trigger = TriggerBuilder.Create().WithIdentity(key.Name, Group);
            trigger = cron is null
                ? trigger.WithRetryPolicy(RetryPolicy.Exponential(5, TimeSpan.FromSeconds(30), 2, TimeSpan.FromMinutes(10))).StartNow()
                : trigger.WithCronSchedule(cron);
            await scheduler.ScheduleJob(scheduled, trigger.Build(), cancellationToken: cancellationToken).ConfigureAwait(false);
        }

        return key;
    }
}
