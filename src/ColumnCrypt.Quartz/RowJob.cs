using System.Globalization;
using ColumnCrypt.Jobs;
using ColumnCrypt.Lifecycle;
using ColumnCrypt.Metadata;
using Quartz;

namespace ColumnCrypt.Quartz;

/// <summary>
/// A re-encryption or an adoption, as a Quartz job. What it does, and how far it is, is in ColumnCrypt's own job row, whose mac is checked: Quartz's
/// tables only name it. Whichever node of the cluster runs it next goes on behind the last batch. One that is Stopped is left alone, whatever fires, until an operator has approved it.
/// </summary>
/// <param name="keys">The verbs, from the node's services.</param>
/// <param name="sources">The databases, from the node's services.</param>
/// <param name="time">The clock.</param>
public sealed class RowJob(IKeyManager keys, RowJobSources sources, TimeProvider time) : IJob
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(5);

    /// <summary>Runs the job to its end, or until the node shuts down.</summary>
    /// <param name="context">Quartz's context; its data names the job and its database.</param>
    /// <param name="cancellationToken">Stops after the batch under way.</param>
    /// <exception cref="JobExecutionException">It cannot go on by itself, or this node has no such database.</exception>
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        string jobId = context.MergedJobDataMap.GetString("jobId") ?? throw new JobExecutionException("The job's data has no 'jobId': schedule it with ScheduleRowJobAsync.");
        string database = context.MergedJobDataMap.GetString("database") ?? "";
        var data = sources.Data(database) ?? throw new JobExecutionException($"This node has no database '{database}': register RowJobSources in its services.");
        var progress = new JobReporter(context, "rows");
        long start = time.GetTimestamp();
        while (true)
        {
            try
            {
                if (await keys.FindJobAsync(jobId, cancellationToken).ConfigureAwait(false) is { State: JobState.Stopped or JobState.Cancelled } ended)
                {
                    await LeaveAsync(context, ended, cancellationToken).ConfigureAwait(false);
                    return;
                }

                await LeaveAsync(context, await keys.RunRowJobAsync(jobId, sources.Steps, data, progress, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (KeyStateException error) when (error.IsTransient && time.GetElapsedTime(start) < s_patience)
            {
                await Task.Delay(s_pause, time, cancellationToken).ConfigureAwait(false);
            }
            catch (ColumnCryptException error)
            {
                throw new JobExecutionException(error.Message, error);
            }
        }
    }

    private static async Task LeaveAsync(IJobExecutionContext context, JobInfo job, CancellationToken cancellationToken)
    {
        context.Result = string.Create(CultureInfo.InvariantCulture, $"{job.State}: {job.Succeeded} of {job.Processed} rows, {job.Failed} failures{(job.Reason is null ? "" : $"; {job.Reason}")}");
        if (job.State is JobState.Completed or JobState.Cancelled)
        {
            // One that a cron expression fires has nothing more to begin.
            await context.Scheduler.UnscheduleJob(context.Trigger.Key, cancellationToken).ConfigureAwait(false);
        }
    }
}
