using System.Text.Json;
using System.Text.Json.Serialization;
using ColumnCrypt.Manifest;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Adopting;

/// <summary>
/// What a job of an adoption is about, as its row holds it, and how the column stood when the job was made: it is for that column alone, so that a row which is put back
/// once the column has gone on does nothing. Runs of the same step of a column that nobody else has moved are one job. Immutable.
/// </summary>
/// <param name="Database">The database, as the manifest names it.</param>
/// <param name="Schema">The schema; "" where the database has none.</param>
/// <param name="Table">The table.</param>
/// <param name="Column">The encrypted column.</param>
/// <param name="Step">The step.</param>
/// <param name="FillOnly">Whether it fills alone.</param>
/// <param name="State">The state of the column.</param>
/// <param name="Since">Since when it was in that state; null in a row that says nothing of it, which is of no column.</param>
/// <param name="Moved">When the job itself moves the column to begin with, written before it does; null where it does not.</param>
internal sealed record AdoptTarget(
    [property: JsonPropertyName("database")] string Database,
    [property: JsonPropertyName("schema")] string Schema,
    [property: JsonPropertyName("table")] string Table,
    [property: JsonPropertyName("column")] string Column,
    [property: JsonPropertyName("step")] string Step,
    [property: JsonPropertyName("fillOnly"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool FillOnly,
    [property: JsonPropertyName("state"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? State,
    [property: JsonPropertyName("since"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? Since,
    [property: JsonPropertyName("moved"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? Moved = null)
{
    public const string Kind = "adopt";

    /// <summary>The target of a step of a column as it stands.</summary>
    public static AdoptTarget Of(ColumnRecord column, AdoptOptions options)
    {
        var adoption = ColumnAdoption.Parse(column.Adoption);
        return new(column.Database, column.Schema, column.Table, column.Column, NameOf(options.Step), options.FillOnly, NameOf(adoption.State), adoption.Since);
    }

    /// <exception cref="KeyStateException">It is no target.</exception>
    public static AdoptTarget Read(string? target)
    {
        try
        {
            if (JsonSerializer.Deserialize<AdoptTarget>(target ?? "") is { Database.Length: > 0, Schema: not null, Table.Length: > 0, Column.Length: > 0 } read
                && Enum.TryParse<AdoptStep>(read.Step, ignoreCase: true, out _))
            {
                return read;
            }
        }
        catch (JsonException error)
        {
            throw new KeyStateException("The job's target is none of an adoption.", error);
        }

        throw new KeyStateException("The job's target is none of an adoption.");
    }

    /// <summary>What a run of it does.</summary>
    public AdoptOptions ToOptions() => new(Schema.Length == 0 ? $"{Table}.{Column}" : $"{Schema}.{Table}.{Column}") { Step = Enum.Parse<AdoptStep>(Step, ignoreCase: true), FillOnly = FillOnly };

    /// <summary>It as a job's row holds it.</summary>
    public string ToJson() => JsonSerializer.Serialize(this);

    /// <summary>True where another is the same step of the same column, however that stood.</summary>
    public bool IsSame(AdoptTarget other) => this with { State = null, Since = null, Moved = null } == other with { State = null, Since = null, Moved = null };

    /// <summary>True where nobody has moved the column since, but for the job itself.</summary>
    public bool Knows(ColumnAdoption adoption) => adoption.Since is { } since
        && ((since == Since && NameOf(adoption.State) == State) || (since == Moved && adoption.State == Moves(ToOptions().Step)));

    // Where a step takes a column to begin with.
    private static AdoptionState Moves(AdoptStep step) => step == AdoptStep.Back ? AdoptionState.Returning : AdoptionState.Dual;

    private static string NameOf<T>(T name)
        where T : struct, Enum => name.ToString().ToLowerInvariant();
}
