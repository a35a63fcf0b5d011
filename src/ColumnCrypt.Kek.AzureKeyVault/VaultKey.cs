using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;

namespace ColumnCrypt.Kek.AzureKeyVault;

/// <summary>What a vault tells of one version of a key.</summary>
/// <param name="Version">The version.</param>
/// <param name="Type">The type: <c>RSA</c>, <c>RSA-HSM</c>, <c>oct-HSM</c>.</param>
/// <param name="ModulusBits">The size of an RSA key in bits; null for another.</param>
/// <param name="IsEnabled">False where it is disabled.</param>
/// <param name="NotBefore">From when on it wraps; null for always.</param>
/// <param name="Expires">Until when it wraps; null for always.</param>
/// <param name="Recovery">What becomes of it when it is deleted, as the vault names it.</param>
/// <param name="RecoverableDays">For how many days it can then be recovered; null where that is not said.</param>
/// <param name="AsOf">When the vault said so.</param>
internal sealed record VaultKey(
    string Version, string Type, int? ModulusBits, bool IsEnabled, DateTimeOffset? NotBefore, DateTimeOffset? Expires, string Recovery, int? RecoverableDays, DateTimeOffset AsOf)
{
    public bool IsRsa => Type is "RSA" or "RSA-HSM";

    public bool IsAes => Type == "oct-HSM";

    /// <summary>The strength in bits: A256GCM takes keys of 256 bits alone, RSA by table 2 of SP 800-57.</summary>
    public int? Strength => ModulusBits switch
    {
        null => IsAes ? 256 : null,
        >= 15_360 => 256,
        >= 7_680 => 192,
        >= 3_072 => 128,
        _ => 112,
    };

    /// <returns>Null where the answer tells of no version of that key.</returns>
    public static VaultKey? Parse(ReadOnlyMemory<byte> json, AzureKeyUri key, DateTimeOffset asOf)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            var parts = root.GetProperty("key");
            var attributes = root.GetProperty("attributes");
            return key.VersionOf(parts.GetProperty("kid").GetString()) is { } version && parts.GetProperty("kty").GetString() is { Length: <= 16 } type
                ? new VaultKey(
                    version, type, parts.TryGetProperty("n", out var n) ? Bits(n.GetString()) : null, attributes.GetProperty("enabled").GetBoolean(), Time(attributes, "nbf"), Time(attributes, "exp"),
                    attributes.TryGetProperty("recoveryLevel", out var level) ? level.GetString() ?? "" : "", attributes.TryGetProperty("recoverableDays", out var days) ? days.GetInt32() : null, asOf)
                : null;
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentOutOfRangeException)
        {
            return null;
        }
    }

    /// <summary>When it wraps, in words.</summary>
    public string Window => (NotBefore, Expires) switch
    {
        (null, null) => "always",
        ({ } from, null) => string.Create(CultureInfo.InvariantCulture, $"from {from:u}"),
        (null, { } until) => string.Create(CultureInfo.InvariantCulture, $"until {until:u}"),
        ({ } from, { } until) => string.Create(CultureInfo.InvariantCulture, $"from {from:u} to {until:u}"),
    };

    private static DateTimeOffset? Time(JsonElement attributes, string name) =>
        attributes.TryGetProperty(name, out var seconds) && seconds.ValueKind == JsonValueKind.Number ? DateTimeOffset.FromUnixTimeSeconds(seconds.GetInt64()) : null;

    private static int Bits(string? modulus)
    {
        byte[] bytes = Base64Url.DecodeFromChars(modulus);
        int zeros = bytes.AsSpan().IndexOfAnyExcept((byte)0);
        return zeros < 0 ? 0 : ((bytes.Length - zeros) * 8) - byte.LeadingZeroCount(bytes[zeros]);
    }
}
