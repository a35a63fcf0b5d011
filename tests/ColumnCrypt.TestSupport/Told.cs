using ColumnCrypt.Jobs;

namespace ColumnCrypt.TestSupport;

/// <summary>The progress of a job, told where it is reported: the job goes on once the test has heard of it.</summary>
public sealed class Told(Action<JobProgress> tell) : IProgress<JobProgress>
{
    public Told(Action tell)
        : this(_ => tell())
    {
    }

    public void Report(JobProgress value) => tell(value);
}
