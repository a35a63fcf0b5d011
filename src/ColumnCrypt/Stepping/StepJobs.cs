using System.Data.Common;
using ColumnCrypt.Diagnostics;
using ColumnCrypt.Jobs;
using ColumnCrypt.Keys;
using ColumnCrypt.Metadata;
using ColumnCrypt.Operators;

namespace ColumnCrypt.Stepping;

/// <summary>
/// How every job that walks rows begins and ends: its row is found or made, its lease taken, and given back whatever comes of it. Thread-safe.
/// </summary>
internal sealed class StepJobs(OperatorStore store, JobDesk desk, RingServices services)
{
    /// <summary>Works under the lease of a job, which is complete where the work ends by itself, and else ready for whoever takes it next, or withdrawn where the work says so.</summary>
    /// <param name="job">The job.</param>
    /// <param name="options">How fast, and where pages are read.</param>
    /// <param name="data">The database.</param>
    /// <param name="progress">Told after every batch; may be null.</param>
    /// <param name="work">The work.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <param name="unfinished">Why a job whose work has ended is not done all the same, and is Stopped, to begin anew once it is run again; null where it is done.</param>
    /// <exception cref="KeyStateException">Somebody else has its lease.</exception>
    public async Task<(T Result, JobInfo Job)> RunAsync<T>(
        JobRecord job, StepOptions options, DbDataSource data, IProgress<JobProgress>? progress, Func<StepRun, Task<T>> work, CancellationToken cancellationToken,
        Func<T, string?>? unfinished = null)
    {
        var installation = await store.InstallationAsync(cancellationToken).ConfigureAwait(false);
        var leased = await desk.LeaseAsync(job, cancellationToken).ConfigureAwait(false);
        var run = new StepRun(leased, installation, store, desk, options, data, services, progress);
        await using (run.ConfigureAwait(false))
        {
            T result;
            try
            {
                result = await work(run).ConfigureAwait(false);
            }
            catch (Exception error)
            {
                // Of an error that is none of ColumnCrypt's, nobody knows what its text holds.
                await run.EndAsync(run.Stop, error is ColumnCryptException ? error.Message : error.GetType().Name).ConfigureAwait(false);
                throw;
            }

            if (unfinished?.Invoke(result) is { } why)
            {
                // The rows that were left are looked at again, from the first one on.
                var stopped = await desk.EndAsync(run.Job with { Cursor = null }, JobStop.Refused, $"{run.Summary}; {why}").ConfigureAwait(false);
                store.Logger.JobStopped(stopped.JobId, stopped.Kind, why);
                return (result, JobDesk.Describe(installation, stopped));
            }

            await run.EndAsync(JobStop.None).ConfigureAwait(false);
            return (result, JobDesk.Describe(installation, run.Job));
        }
    }
}
