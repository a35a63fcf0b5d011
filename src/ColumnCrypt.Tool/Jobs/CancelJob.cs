using ColumnCrypt.Jobs;
using ColumnCrypt.Lifecycle;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Tool.Jobs;

internal sealed class CancelJob() : JobVerb("cancel", "Withdraws a job that is not done. What it has done stays done.")
{
    protected override JobState[] From => [JobState.Requested, JobState.Ready, JobState.Running, JobState.Stopped];

    protected override Task<JobInfo> ChangeAsync(IKeyManager keys, string jobId, CancellationToken cancellationToken) =>
        keys.CancelJobAsync(jobId, cancellationToken);
}
