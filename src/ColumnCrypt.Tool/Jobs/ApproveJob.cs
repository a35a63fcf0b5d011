using ColumnCrypt.Jobs;
using ColumnCrypt.Lifecycle;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Tool.Jobs;

internal sealed class ApproveJob() : JobVerb("approve", "Lets a requested or stopped job run. Read its target first: it does what is written there.")
{
    protected override JobState[] From => [JobState.Requested, JobState.Stopped];

    protected override string Consequence(JobInfo job) => $"The {job.Kind} that {job.RequestedBy} asked for will be run: {job.Target}";

    protected override Task<JobInfo> ChangeAsync(IKeyManager keys, string jobId, CancellationToken cancellationToken) =>
        keys.ApproveJobAsync(jobId, cancellationToken);
}
