using System.Globalization;
using System.Text.Json;

namespace ColumnCrypt.Kek.GoogleKms;

/// <summary>What Cloud KMS tells of one version of a key.</summary>
/// <param name="Number">Its number.</param>
/// <param name="State">Its state, as the API names it.</param>
/// <param name="ProtectionLevel">Where it is: <c>SOFTWARE</c>, <c>HSM</c>, <c>EXTERNAL</c>.</param>
/// <param name="DestroyTime">When it is destroyed, where that is scheduled; else null.</param>
internal sealed record GoogleVersion(string Number, string State, string ProtectionLevel, DateTimeOffset? DestroyTime)
{
    /// <exception cref="KeyNotFoundException">It is no version of that key.</exception>
    public static GoogleVersion Read(JsonElement version, GoogleKeyName key) => new(
        key.VersionOf(version.GetProperty("name").GetString()) ?? throw new KeyNotFoundException(),
        version.GetProperty("state").GetString() ?? throw new KeyNotFoundException(),
        version.TryGetProperty("protectionLevel", out var level) ? level.GetString() ?? "" : "",
        version.TryGetProperty("destroyTime", out var time) ? time.GetDateTimeOffset() : null);

    /// <summary>Null where it can be used in its state.</summary>
    public KekException? Unusable(string uri) => State switch
    {
        "ENABLED" => null,
        "DESTROYED" => new(KekFailure.Destroyed, $"The version {Number} of {uri} is destroyed."),
        "DESTROY_SCHEDULED" => new(KekFailure.Disabled, $"The version {Number} of {uri} is to be destroyed{On(DestroyTime)}. Until then it can be restored."),
        "DISABLED" => new(KekFailure.Disabled, $"The version {Number} of {uri} is disabled. Enable it."),
        "PENDING_GENERATION" => new(KekFailure.Unavailable, $"The version {Number} of {uri} is still being made."),
        _ => new(KekFailure.Disabled, $"The version {Number} of {uri} is in a state in which it cannot be used: look at columncrypt keks check."),
    };

    /// <summary>The day in words; "" for none.</summary>
    public static string On(DateTimeOffset? time) => time is { } day ? string.Create(CultureInfo.InvariantCulture, $" on {day.UtcDateTime:yyyy-MM-dd}") : "";
}
