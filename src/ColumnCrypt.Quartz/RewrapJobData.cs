using System.Globalization;
using System.Text.Json;
using ColumnCrypt.Rewrap;
using Quartz;

namespace ColumnCrypt.Quartz;

/// <summary>A rewrap's options as the data of a Quartz job: text alone, so that any store keeps them.</summary>
internal static class RewrapJobData
{
    public static JobDataMap Write(RewrapOptions options) => new()
    {
        ["to"] = options.To,
        ["from"] = options.From ?? "",
        ["phase"] = options.Phase.ToString(),
        ["partition"] = Text(options.Partition),
        ["partitions"] = Text(options.Partitions),
        ["batchSize"] = Text(options.BatchSize),
        ["stopAfterDenied"] = Text(options.StopAfterDenied),
        ["maxPerSecond"] = options.MaxPerSecond?.ToString("R", CultureInfo.InvariantCulture) ?? "",
        ["tenants"] = options.Tenants is { } tenants ? JsonSerializer.Serialize(tenants.Order(StringComparer.Ordinal)) : "",
        ["force"] = options.Force ? "true" : "false",
    };

    public static RewrapOptions Read(JobDataMap data) => new(Get(data, "to"))
    {
        From = Get(data, "from") is { Length: > 0 } from ? from : null,
        Phase = Enum.Parse<RewrapPhase>(Get(data, "phase")),
        Partition = Number(data, "partition"),
        Partitions = Number(data, "partitions"),
        BatchSize = Number(data, "batchSize"),
        StopAfterDenied = Number(data, "stopAfterDenied"),
        MaxPerSecond = Get(data, "maxPerSecond") is { Length: > 0 } rate ? double.Parse(rate, CultureInfo.InvariantCulture) : null,
        Tenants = data.TryGetValue("tenants", out object? value) && value is string { Length: > 0 } tenants
            ? JsonSerializer.Deserialize<HashSet<string>>(tenants)!.ToHashSet(StringComparer.Ordinal)
            : null,
        Force = Get(data, "force") == "true",
    };

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static int Number(JobDataMap data, string name) => int.Parse(Get(data, name), NumberStyles.None, CultureInfo.InvariantCulture);

    private static string Get(JobDataMap data, string name) =>
        data.TryGetValue(name, out object? value) && value is string text ? text : throw new JobExecutionException($"The job's data has no '{name}': schedule it with ScheduleRewrapAsync.");
}
