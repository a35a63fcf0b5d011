using System.CommandLine;
using ColumnCrypt.Jobs;
using ColumnCrypt.Lifecycle;
using ColumnCrypt.Metadata;
using ColumnCrypt.Tool.Output;
using ColumnCrypt.Tool.Verbs;

namespace ColumnCrypt.Tool.Jobs;

/// <summary>A verb that changes the state of one job.</summary>
internal abstract class JobVerb : Verb
{
    private readonly Argument<string> _jobId = new("JOB") { Description = "The job's id: columncrypt jobs list." };

    protected JobVerb(string name, string description)
        : base(name, description, $"columncrypt jobs {name} 01997a3b5c6d7e8f9012345678901234") => Arguments.Add(_jobId);

    /// <summary>The states in which a job can be.</summary>
    protected abstract JobState[] From { get; }

    /// <summary>What is confirmed by typing the job's id before it is done; null where nothing is.</summary>
    protected virtual string? Consequence(JobInfo job) => null;

    public override async Task<Answer?> RunAsync(Call call, CancellationToken cancellationToken)
    {
        string jobId = call.Value(_jobId);
        var keys = call.Open();
        var job = await Lookup.JobAsync(keys, jobId, cancellationToken).ConfigureAwait(false);
        if (!call.IsDryRun)
        {
            if (Consequence(job) is { } consequence)
            {
                Confirmation.Demand(call, consequence, jobId);
            }

            return JobText.Answer(await ChangeAsync(keys, jobId, cancellationToken).ConfigureAwait(false), $"Job {jobId}: {Name} is done.");
        }

        Lookup.Demand(From.Contains(job.State), $"Job {jobId} is {job.State}; to {Name} it, it must be {string.Join(" or ", From)}.");
        return Plan.Answer($"The job {jobId} would change: {Name}.", JobView.Of(job));
    }

    protected abstract Task<JobInfo> ChangeAsync(IKeyManager keys, string jobId, CancellationToken cancellationToken);
}
