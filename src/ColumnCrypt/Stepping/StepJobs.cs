using System.Data.Common;
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
    /// <summary>Works under the lease of the unfinished job of this kind and target, or of a new one.</summary>
    /// <exception cref="KeyStateException">Somebody else has its lease.</exception>
    public async Task<(T Result, JobInfo Job)> RunAsync<T>(
        string kind, string target, StepOptions options, DbDataSource data, IProgress<JobProgress>? progress, Func<StepRun, Task<T>> work, CancellationToken cancellationToken)
    {
        var job = await desk.FindOrAddAsync(kind, target, cancellationToken).ConfigureAwait(false);
        return await RunAsync(job, options, data, progress, work, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Works under the lease of a job, which is complete where the work ends by itself, and else ready for whoever takes it next.</summary>
    /// <exception cref="KeyStateException">Somebody else has its lease.</exception>
    public async Task<(T Result, JobInfo Job)> RunAsync<T>(
        JobRecord job, StepOptions options, DbDataSource data, IProgress<JobProgress>? progress, Func<StepRun, Task<T>> work, CancellationToken cancellationToken)
    {
        var installation = await store.InstallationAsync(cancellationToken).ConfigureAwait(false);
        var leased = await desk.LeaseAsync(job, cancellationToken).ConfigureAwait(false);
        var run = new StepRun(leased, installation, store, desk, options, data, services, progress);
        await using (run.ConfigureAwait(false))
        {
            var stop = JobStop.Cancelled;
            try
            {
                var result = await work(run).ConfigureAwait(false);
                stop = JobStop.None;
                await run.EndAsync(stop).ConfigureAwait(false);
                return (result, JobDesk.Describe(installation, run.Job));
            }
            finally
            {
                if (stop != JobStop.None)
                {
                    await run.EndAsync(stop).ConfigureAwait(false);
                }
            }
        }
    }
}
