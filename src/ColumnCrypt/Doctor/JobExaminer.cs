using ColumnCrypt.Keys;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Doctor;

/// <summary>Compares the rows of jobs with what the audit says of them, because one may be an older row that somebody put back. Not thread-safe.</summary>
internal sealed class JobExaminer
{
    private readonly HashSet<string> _ended = new(StringComparer.Ordinal);

    /// <summary>Takes in an entry of the audit that says that a job was completed or withdrawn.</summary>
    /// <param name="detail">As it is written: KIND ID: and more.</param>
    public void Note(string detail)
    {
        if (detail.Split(':')[0].Split(' ') is [_, var jobId])
        {
            _ended.Add(jobId);
        }
    }

    public void Examine(Installation installation, IReadOnlyList<JobRecord> jobs, Examination examination)
    {
        foreach (var job in jobs)
        {
            if (job.State != JobState.Requested && !installation.Rows.IsValid(job))
            {
                examination.Add(Severity.Error, "row.tampered", $"job {job.JobId}", Examination.Tampered);
            }
            else if (job.State is not (JobState.Completed or JobState.Cancelled) && _ended.Contains(job.JobId))
            {
                examination.Add(
                    Severity.Error,
                    "job.came-back",
                    job.JobId,
                    "{0} jobs were completed or withdrawn, says the audit, and may run again: somebody put back an older row. Cancel them, and look who wrote to the key tables.");
            }
        }
    }
}
