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
    /// <summary>Works under the lease of a job, which is complete where the work ends by itself, and else ready for whoever takes it next, or withdrawn where the work says so.</summary>
    /// <exception cref="KeyStateException">Somebody else has its lease.</exception>
    public async Task<(T Result, JobInfo Job)> RunAsync<T>(
        JobRecord job, StepOptions options, DbDataSource data, IProgress<JobProgress>? progress, Func<StepRun, Task<T>> work, CancellationToken cancellationToken)
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

            await run.EndAsync(JobStop.None).ConfigureAwait(false);
            return (result, JobDesk.Describe(installation, run.Job));
        }
    }
}
