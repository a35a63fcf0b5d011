using ColumnCrypt.Tool.Output;
using ColumnCrypt.Tool.Verbs;

namespace ColumnCrypt.Tool.Jobs;

internal sealed class ListJobs() : Verb("list", "Lists the jobs, newest first, at most 1,000.", "columncrypt jobs list")
{
    public override async Task<Answer?> RunAsync(Call call, CancellationToken cancellationToken)
    {
        var jobs = await call.Open().ListJobsAsync(cancellationToken).ConfigureAwait(false);
        return new Answer(jobs.Select(JobView.Of), page =>
        {
            if (jobs.Count == 0)
            {
                page.Line("None.");
                return;
            }

            page.Table(
                ["JOB", "KIND", "STATE", "DONE", "FAILED", "REQUESTED"],
                jobs.Select(static job => (IReadOnlyList<string?>)
                    [job.JobId, job.Kind, JobText.State(job), TextPage.Number(job.Succeeded), TextPage.Number(job.Failed), TextPage.Time(job.RequestedAt)[..10]]));
            foreach (var job in jobs.Where(static job => job.Reason is not null))
            {
                page.Line($"{job.JobId} is {job.State}: {job.Reason}");
            }
        });
    }
}
