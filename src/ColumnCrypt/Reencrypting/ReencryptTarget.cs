using System.Text.Json;
using System.Text.Json.Serialization;

namespace ColumnCrypt.Reencrypting;

/// <summary>What a re-encryption is about, as its job's row holds it: runs of the same target are one job.</summary>
internal sealed record ReencryptTarget(
    [property: JsonPropertyName("database")] string Database,
    [property: JsonPropertyName("columns"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Columns,
    [property: JsonPropertyName("tenants"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Tenants,
    [property: JsonPropertyName("verify"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Verify)
{
    public const string Kind = "reencrypt";

    public static string Write(string database, ReencryptOptions options) => JsonSerializer.Serialize(new ReencryptTarget(
        database, options.Columns?.Order(StringComparer.Ordinal).ToList(), options.Tenants?.Order(StringComparer.Ordinal).ToList(), options.Verify));

    /// <exception cref="KeyStateException">It is no target.</exception>
    public static (string Database, ReencryptOptions Options) Read(string? target)
    {
        try
        {
            if (JsonSerializer.Deserialize<ReencryptTarget>(target ?? "") is { Database.Length: > 0 } read
                && read.Columns is not { Count: 0 } && read.Tenants is not { Count: 0 or > ReencryptOptions.MaxTenants })
            {
                return (read.Database, new ReencryptOptions
                {
                    Columns = read.Columns?.ToHashSet(StringComparer.Ordinal),
                    Tenants = read.Tenants?.ToHashSet(StringComparer.Ordinal),
                    Verify = read.Verify,
                });
            }
        }
        catch (JsonException error)
        {
            throw new KeyStateException("The job's target is none of a re-encryption.", error);
        }

        throw new KeyStateException("The job's target is none of a re-encryption.");
    }
}
