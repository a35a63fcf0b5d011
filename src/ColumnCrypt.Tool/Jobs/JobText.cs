using ColumnCrypt.Jobs;
using ColumnCrypt.Tool.Output;

namespace ColumnCrypt.Tool.Jobs;

/// <summary>A job as a person reads it.</summary>
internal static class JobText
{
    public static Answer Answer(JobInfo job, string remark) => new(JobView.Of(job), page =>
    {
        page.Fields(
            ("job", job.JobId),
            ("kind", job.Kind),
            ("target", job.Target),
            ("state", State(job)),
            ("processed", TextPage.Number(job.Processed)),
            ("succeeded", TextPage.Number(job.Succeeded)),
            ("failed", TextPage.Number(job.Failed)),
            ("leased by", job.LeaseOwner),
            ("reason", job.Reason),
            ("requested", $"{TextPage.Time(job.RequestedAt)} by {job.RequestedBy}"));
        page.Line(remark);
    });

    public static string State(JobInfo job) => job.IsAuthentic ? job.State.ToString() : $"{job.State} (altered)";
}
