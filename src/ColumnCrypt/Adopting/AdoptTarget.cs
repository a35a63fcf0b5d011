using System.Text.Json;
using System.Text.Json.Serialization;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Adopting;

/// <summary>What a job of an adoption is about, as its row holds it: runs of the same target are one job.</summary>
internal sealed record AdoptTarget(
    [property: JsonPropertyName("database")] string Database,
    [property: JsonPropertyName("schema")] string Schema,
    [property: JsonPropertyName("table")] string Table,
    [property: JsonPropertyName("column")] string Column,
    [property: JsonPropertyName("step")] string Step,
    [property: JsonPropertyName("fillOnly"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool FillOnly)
{
    public const string Kind = "adopt";

    public static string Write(ColumnRecord column, AdoptOptions options) => JsonSerializer.Serialize(new AdoptTarget(
        column.Database, column.Schema, column.Table, column.Column, NameOf(options.Step), options.FillOnly));

    /// <exception cref="KeyStateException">It is no target.</exception>
    public static (string Database, AdoptOptions Options) Read(string? target)
    {
        try
        {
            if (JsonSerializer.Deserialize<AdoptTarget>(target ?? "") is { Database.Length: > 0, Table.Length: > 0, Column.Length: > 0 } read
                && Enum.TryParse<AdoptStep>(read.Step, ignoreCase: true, out var step))
            {
                string name = read.Schema.Length == 0 ? $"{read.Table}.{read.Column}" : $"{read.Schema}.{read.Table}.{read.Column}";
                return (read.Database, new AdoptOptions(name) { Step = step, FillOnly = read.FillOnly });
            }
        }
        catch (JsonException error)
        {
            throw new KeyStateException("The job's target is none of an adoption.", error);
        }

        throw new KeyStateException("The job's target is none of an adoption.");
    }

    private static string NameOf(AdoptStep step) => step.ToString().ToLowerInvariant();
}
