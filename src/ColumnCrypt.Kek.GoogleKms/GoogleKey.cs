using System.Globalization;
using System.Text.Json;

namespace ColumnCrypt.Kek.GoogleKms;

/// <summary>What Cloud KMS tells of a key.</summary>
/// <param name="Purpose">What it is for, as the API names it.</param>
/// <param name="Primary">The version that encrypts; null where there is none.</param>
/// <param name="RotationPeriod">How often it rotates by itself; null for never.</param>
/// <param name="NextRotation">When next; null for never.</param>
/// <param name="DestroyScheduledDuration">How long a version that is destroyed can be restored; null where that is not said.</param>
internal sealed record GoogleKey(string Purpose, GoogleVersion? Primary, TimeSpan? RotationPeriod, DateTimeOffset? NextRotation, TimeSpan? DestroyScheduledDuration)
{
    /// <exception cref="KeyNotFoundException">It is no key.</exception>
    public static GoogleKey Read(JsonElement key, GoogleKeyName name) => new(
        key.GetProperty("purpose").GetString() ?? throw new KeyNotFoundException(),
        key.TryGetProperty("primary", out var primary) ? GoogleVersion.Read(primary, name) : null,
        Period(key, "rotationPeriod"),
        key.TryGetProperty("nextRotationTime", out var next) ? next.GetDateTimeOffset() : null,
        Period(key, "destroyScheduledDuration"));

    /// <summary>In the order to show.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Details =>
    [
        new("primary version", Primary?.Number ?? "none"),
        new("state", Primary is { } version ? version.State + GoogleVersion.On(version.DestroyTime) : "none"),
        new("protection level", Primary?.ProtectionLevel ?? "none"),
        new("rotation", RotationPeriod is { } period ? $"every {Days(period)}, next{GoogleVersion.On(NextRotation)}" : "off"),
        new("destruction", DestroyScheduledDuration is { } wait ? $"{Days(wait)} after it is scheduled" : "not known"),
    ];

    private static string Days(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalDays:0.#} days");

    // As protobuf writes a duration in JSON: seconds, and an s.
    private static TimeSpan? Period(JsonElement key, string name) =>
        key.TryGetProperty(name, out var text) && text.GetString() is { } value && value.EndsWith('s') && double.TryParse(value.AsSpan(0, value.Length - 1), CultureInfo.InvariantCulture, out double seconds) && seconds is > 0 and < 1e10
            ? TimeSpan.FromSeconds(seconds)
            : null;
}
