using System.Runtime.ExceptionServices;
using ColumnCrypt.Metadata;
using ColumnCrypt.Operators;

namespace ColumnCrypt.Jobs;

/// <summary>Runs jobs one after the other, and stops those that an error ended which lasts. Thread-safe.</summary>
internal sealed class JobRunner(OperatorStore store, JobDesk desk)
{
    /// <summary>Runs the jobs that are ready, or whose holder has died. One that cannot go on keeps no other from it; the first error is raised once the rest is done.</summary>
    /// <param name="isMeant">Which of them.</param>
    /// <param name="work">Runs one; false where it is left to others.</param>
    /// <param name="cancellationToken">Cancels the reading of the jobs.</param>
    /// <returns>How many were worked on.</returns>
    public async Task<int> RunReadyAsync(Func<JobRecord, bool> isMeant, Func<JobRecord, Task<bool>> work, CancellationToken cancellationToken)
    {
        var installation = await store.InstallationAsync(cancellationToken).ConfigureAwait(false);
        int worked = 0;
        ExceptionDispatchInfo? failed = null;
        foreach (var job in await desk.ListAsync(cancellationToken).ConfigureAwait(false))
        {
            if (job.State is not (JobState.Ready or JobState.Running) || !desk.IsFree(job) || !isMeant(job) || !installation.Rows.IsValid(job))
            {
                continue;
            }

            try
            {
                worked += await work(job).ConfigureAwait(false) ? 1 : 0;
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                failed ??= ExceptionDispatchInfo.Capture(error);
            }
        }

        failed?.Throw();
        return worked;
    }

    /// <summary>Works on a job, and stops it where that ends with an error that lasts.</summary>
    public async Task<T> RunAsync<T>(JobRecord job, Func<Task<T>> work)
    {
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (ColumnCryptException error)
        {
            await desk.StopAsync(job.JobId, error).ConfigureAwait(false);
            throw;
        }
    }
}
