using ColumnCrypt.Metadata;

namespace ColumnCrypt.Jobs;

/// <summary>A job as the store holds it.</summary>
/// <param name="JobId">Its id.</param>
/// <param name="Kind">What is done.</param>
/// <param name="Target">What it is done to: parameters as JSON.</param>
/// <param name="State">Its state.</param>
/// <param name="Processed">How many records it has looked at.</param>
/// <param name="Succeeded">How many it has finished.</param>
/// <param name="Failed">How many it could not finish.</param>
/// <param name="LeaseOwner">Who works on it, or did last.</param>
/// <param name="LeaseUntil">Until when its lease lasts.</param>
/// <param name="RequestedBy">Who asked for it.</param>
/// <param name="RequestedAt">When.</param>
/// <param name="IsAuthentic">False where its mac does not match: somebody changed it in the database. It is not run.</param>
public sealed record JobInfo(
    string JobId,
    string Kind,
    string? Target,
    JobState State,
    long Processed,
    long Succeeded,
    long Failed,
    string? LeaseOwner,
    DateTimeOffset? LeaseUntil,
    string RequestedBy,
    DateTimeOffset RequestedAt,
    bool IsAuthentic)
{
    /// <summary>
    /// Why it was stopped, or withdrawn by itself, as the audit has it; null where it was not, where the entry is not found, and where the job is not listed.
    /// Names tables, columns, keys and KEKs; never data.
    /// </summary>
    public string? Reason { get; init; }
}
