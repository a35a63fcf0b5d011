using System.Text.Json;
using System.Text.Json.Nodes;
using ColumnCrypt.Jobs;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Tool.Jobs;

/// <summary>A job as JSON has it: its target is an object, not a text.</summary>
internal sealed record JobView(
    string JobId,
    string Kind,
    JsonNode? Target,
    JobState State,
    long Processed,
    long Succeeded,
    long Failed,
    string? LeaseOwner,
    DateTimeOffset? LeaseUntil,
    string RequestedBy,
    DateTimeOffset RequestedAt,
    bool IsAuthentic,
    string? Reason)
{
    public static JobView Of(JobInfo job) => new(
        job.JobId, job.Kind, Parse(job.Target), job.State, job.Processed, job.Succeeded, job.Failed, job.LeaseOwner, job.LeaseUntil, job.RequestedBy, job.RequestedAt, job.IsAuthentic, job.Reason);

    // A row that somebody else wrote may hold anything.
    private static JsonNode? Parse(string? target)
    {
        try
        {
            return target is null ? null : JsonNode.Parse(target);
        }
        catch (JsonException)
        {
            return target;
        }
    }
}
