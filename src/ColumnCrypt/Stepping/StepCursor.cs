using System.Text.Json;

namespace ColumnCrypt.Stepping;

/// <summary>How far a job has come, as its row holds it. Immutable.</summary>
/// <param name="Pass">The pass it is in.</param>
/// <param name="After">The key of the last row that is done; null before the first.</param>
/// <param name="Changed">How many rows this pass has changed.</param>
/// <param name="Failed">How many rows it could not work on.</param>
internal sealed record StepCursor(string Pass, object[]? After, long Changed, long Failed)
{
    public static StepCursor Begin(string pass) => new(pass, null, 0, 0);

    /// <exception cref="KeyStateException">It is none.</exception>
    public static StepCursor? Read(string? json)
    {
        if (json is null)
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            return new StepCursor(
                root.GetProperty("pass").GetString()!,
                root.TryGetProperty("after", out var after) ? RowKey.Read(after) : null,
                root.GetProperty("changed").GetInt64(),
                root.GetProperty("failed").GetInt64());
        }
        catch (Exception error) when (error is JsonException or FormatException or InvalidOperationException or KeyNotFoundException)
        {
            throw new KeyStateException("The job's cursor is none of a walk over rows. Cancel the job, and begin anew: what is done stays done.", error);
        }
    }

    public string Write() =>
        $"{{\"pass\":{JsonSerializer.Serialize(Pass)}{(After is null ? "" : $",\"after\":{RowKey.Write(After)}")},\"changed\":{JsonSerializer.Serialize(Changed)},\"failed\":{JsonSerializer.Serialize(Failed)}}}";
}
