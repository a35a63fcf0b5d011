using System.Globalization;
using ColumnCrypt.Rewrap;
using Quartz;

namespace ColumnCrypt.Quartz;

/// <summary>
/// The data of a Quartz job, text alone, so that any store keeps them: which job of the key store is run, and how fast. Nobody signs it, so
/// it says nothing of what is moved where: that is in the job's own row, under its mac.
/// </summary>
/// <param name="JobId">The job of the key store.</param>
/// <param name="BatchSize">How many keys a batch has.</param>
/// <param name="MaxPerSecond">How many keys a second at most; null for no limit.</param>
internal sealed record RewrapJobData(string JobId, int BatchSize, double? MaxPerSecond)
{
    public static JobDataMap Write(string jobId, RewrapOptions options) => new()
    {
        ["jobId"] = jobId,
        ["batchSize"] = options.BatchSize.ToString(CultureInfo.InvariantCulture),
        ["maxPerSecond"] = options.MaxPerSecond?.ToString("R", CultureInfo.InvariantCulture) ?? "",
    };

    public static RewrapJobData Read(JobDataMap data)
    {
        string rate = Get(data, "maxPerSecond");
        double perSecond = 0;
        return int.TryParse(Get(data, "batchSize"), NumberStyles.None, CultureInfo.InvariantCulture, out int size) && size is >= 1 and <= 1_000
            && (rate.Length == 0 || (double.TryParse(rate, NumberStyles.Float, CultureInfo.InvariantCulture, out perSecond) && perSecond > 0))
            ? new RewrapJobData(Get(data, "jobId"), size, rate.Length == 0 ? null : perSecond)
            : throw new JobExecutionException("The job's data is not as ScheduleRewrapAsync writes it.");
    }

    private static string Get(JobDataMap data, string name) =>
        data.TryGetValue(name, out object? value) && value is string text ? text : throw new JobExecutionException($"The job's data has no '{name}': schedule it with ScheduleRewrapAsync.");
}
