using System.Text.Json;
using System.Text.Json.Serialization;

namespace ColumnCrypt.Rewrap;

/// <summary>What a rewrap job is about, as its row holds it: runs of the same target are one job.</summary>
internal sealed record RewrapTarget(
    [property: JsonPropertyName("to")] string To,
    [property: JsonPropertyName("from")] string? From,
    [property: JsonPropertyName("phase")] string Phase,
    [property: JsonPropertyName("partition")] int Partition,
    [property: JsonPropertyName("partitions")] int Partitions,
    [property: JsonPropertyName("tenants"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Tenants,
    [property: JsonPropertyName("force"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Force = false)
{
    public const string Kind = "rewrap";

    /// <summary>A rewrap that only makes wraps which are missing: begun and resumed by repairs alone.</summary>
    public const string RepairKind = "repair";

    /// <param name="options">The options.</param>
    /// <param name="keepsForce">
    /// True where the job is run later, by somebody who knows only its row: that it may drop although a node is behind is then signed with it.
    /// </param>
    public static string Write(RewrapOptions options, bool keepsForce = false) => JsonSerializer.Serialize(new RewrapTarget(
        options.To, options.From, options.Phase == RewrapPhase.Drop ? "drop" : "add", options.Partition, options.Partitions,
        options.Tenants?.Order(StringComparer.Ordinal).ToList(), keepsForce && options is { Force: true, Phase: RewrapPhase.Drop }));

    /// <exception cref="KeyStateException">It is no target.</exception>
    public static RewrapOptions Read(string? target)
    {
        try
        {
            return JsonSerializer.Deserialize<RewrapTarget>(target ?? "") is { To.Length: > 0, Phase: "add" or "drop", Partitions: >= 1 and <= 256 } read
                && read.Partition >= 0 && read.Partition < read.Partitions && read.Tenants is not { Count: 0 or > RewrapOptions.MaxTenants }
                ? new RewrapOptions(read.To)
                {
                    From = read.From,
                    Phase = read.Phase == "drop" ? RewrapPhase.Drop : RewrapPhase.Add,
                    Partition = read.Partition,
                    Partitions = read.Partitions,
                    Tenants = read.Tenants?.ToHashSet(StringComparer.Ordinal),
                    Force = read.Force,
                }
                : throw new KeyStateException("The job's target is none of a rewrap.");
        }
        catch (JsonException error)
        {
            throw new KeyStateException("The job's target is none of a rewrap.", error);
        }
    }
}
