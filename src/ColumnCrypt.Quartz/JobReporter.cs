using System.Globalization;
using ColumnCrypt.Jobs;
using Quartz;

namespace ColumnCrypt.Quartz;

/// <summary>Tells Quartz how far a job has come.</summary>
/// <param name="context">Quartz's context.</param>
/// <param name="what">What is counted.</param>
internal sealed class JobReporter(IJobExecutionContext context, string what) : IProgress<JobProgress>
{
    public void Report(JobProgress value)
    {
        int percent = value.Total is > 0 and var total ? (int)Math.Clamp(value.Processed * 100 / total, 0, 100) : 0;
        context.ReportProgress(percent, string.Create(CultureInfo.InvariantCulture, $"{value.Processed} {what}, {value.Failed} failed"));
    }
}
