using System.Globalization;
using ColumnCrypt.Lifecycle;
using ColumnCrypt.Rewrap;
using Quartz;

namespace ColumnCrypt.Quartz;

/// <summary>
/// One partition of a rewrap, as a Quartz job. What it does, and how far it is, is in ColumnCrypt's own job row, whose mac is checked: Quartz's
/// tables only name it. Whichever node of the cluster runs it next goes on behind the last batch. A node that died leaves a lease of at most 60 s, which the next one waits for.
/// </summary>
/// <param name="keys">The verbs, from the node's services.</param>
/// <param name="time">The clock.</param>
public sealed class RewrapPartitionJob(IKeyManager keys, TimeProvider time) : IJob
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(5);

    /// <summary>Runs the partition to its end, or until the node shuts down.</summary>
    /// <param name="context">Quartz's context; its data names the job.</param>
    /// <param name="cancellationToken">Stops after the batch under way.</param>
    /// <exception cref="JobExecutionException">The rewrap stopped: a KEK denies again and again, or does not answer.</exception>
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        var data = RewrapJobData.Read(context.MergedJobDataMap);
        var progress = new JobReporter(context, "keys");
        long start = time.GetTimestamp();
        while (true)
        {
            try
            {
                var result = await keys.RunJobAsync(data.JobId, data.MaxPerSecond, data.BatchSize, progress, cancellationToken).ConfigureAwait(false);
                context.Result = string.Create(CultureInfo.InvariantCulture, $"{result.Succeeded} of {result.Processed} keys, {result.Failures.Count} failures");
                if (result.Job?.State == Metadata.JobState.Stopped)
                {
                    throw new JobExecutionException($"Job {data.JobId} has stopped: its KEK denies again and again.");
                }

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
}
