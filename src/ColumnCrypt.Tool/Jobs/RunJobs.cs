using ColumnCrypt.Metadata;
using ColumnCrypt.Tool.Output;
using ColumnCrypt.Tool.Verbs;

namespace ColumnCrypt.Tool.Jobs;

internal sealed class RunJobs() : Verb("run", "Runs the jobs that are ready, or whose holder has died, until none is left.", "columncrypt jobs run")
{
    public override string WhenInterrupted => "Each job stays where its last batch has brought it.";

    public override async Task<Answer?> RunAsync(Call call, CancellationToken cancellationToken)
    {
        var keys = call.Open();
        if (call.IsDryRun)
        {
            var jobs = await keys.ListJobsAsync(cancellationToken).ConfigureAwait(false);
            var now = call.Environment.Time.GetUtcNow();
            var ready = jobs.Where(job => job.IsAuthentic && (job.State == JobState.Ready || (job.State == JobState.Running && job.LeaseUntil < now))).ToList();
            return Plan.Answer($"{ready.Count} jobs would be run.", ready.Select(JobView.Of));
        }

        int count = await call.Progress().RunAsync("jobs", progress => keys.RunJobsAsync(progress, cancellationToken)).ConfigureAwait(false);
        return new Answer(new { Jobs = count }, page => page.Line(count == 0 ? "No job is ready." : $"{count} jobs worked on: columncrypt jobs list."));
    }
}
