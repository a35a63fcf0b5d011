using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ColumnCrypt.Manifest;

/// <summary>
/// The JSON of an adoption in the manifest (docs/SPEC.md, section 7): one text for one meaning, its members in one order, those that say nothing
/// left out. Stateless, thread-safe.
/// </summary>
internal static class AdoptionJson
{
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    public static string Write(ColumnAdoption adoption)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("state", NameOf(adoption.State));
            Write(json, "since", adoption.Since);
            if (adoption.PlainColumn is { } plain)
            {
                json.WriteString("plain", plain);
            }

            if (adoption.IsConverted)
            {
                json.WriteBoolean("converted", true);
            }

            Write(json, "until", adoption.Deadline);
            Write(json, adoption.Tenant);
            Write(json, adoption.Indexes);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    public static ColumnAdoption Read(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var read = Read(document.RootElement);

            // What it does not know, it would lose when it writes.
            return Write(read) == json ? read : throw new FormatException("It is not canonical.");
        }
        catch (Exception error) when (error is JsonException or FormatException or KeyNotFoundException or InvalidOperationException or ArgumentException)
        {
            throw new EncryptionModelException("The manifest says of an adopted column what this ColumnCrypt does not understand: a newer one wrote it. Use that one.", error);
        }
    }

    private static ColumnAdoption Read(JsonElement json) => new()
    {
        State = Enum.TryParse<AdoptionState>(json.GetProperty("state").GetString(), ignoreCase: true, out var state) ? state : throw new FormatException("Unknown state."),
        Since = Time(json, "since"),
        PlainColumn = Text(json, "plain"),
        IsConverted = json.TryGetProperty("converted", out var converted) && converted.GetBoolean(),
        Deadline = Time(json, "until"),
        Tenant = json.TryGetProperty("tenant", out var tenant) ? ReadTenant(tenant) : null,
        Indexes = json.TryGetProperty("indexes", out var indexes) ? [.. indexes.EnumerateArray().Select(ReadIndex)] : [],
    };

    private static RowTenant ReadTenant(JsonElement json) => Text(json, "constant") is { } constant
        ? RowTenant.Always(constant)
        : RowTenant.Of(
            json.GetProperty("column").GetString()!,
            Enum.TryParse<TenantForm>(json.GetProperty("form").GetString(), ignoreCase: true, out var form) ? form : throw new FormatException("Unknown form."));

    private static AdoptionIndex ReadIndex(JsonElement json) => new(
        json.GetProperty("column").GetString()!,
        json.GetProperty("kind").GetString()!,
        json.GetProperty("normaliser").GetString()!,
        json.GetProperty("version").GetInt32(),
        json.GetProperty("bits").GetInt32(),
        json.TryGetProperty("unique", out var unique) && unique.GetBoolean());

    private static string? Text(JsonElement json, string name) => json.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static DateTimeOffset? Time(JsonElement json, string name) => Text(json, name) is { } text
        ? DateTimeOffset.ParseExact(text, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal)
        : null;

    private static void Write(Utf8JsonWriter json, string name, DateTimeOffset? time)
    {
        if (time is { } at)
        {
            json.WriteString(name, at.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture));
        }
    }

    private static void Write(Utf8JsonWriter json, RowTenant? tenant)
    {
        if (tenant is null)
        {
            return;
        }

        json.WriteStartObject("tenant");
        if (tenant.Constant is { } constant)
        {
            json.WriteString("constant", constant);
        }
        else
        {
            json.WriteString("column", tenant.Column);
            json.WriteString("form", NameOf(tenant.Form));
        }

        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, IReadOnlyList<AdoptionIndex> indexes)
    {
        if (indexes.Count == 0)
        {
            return;
        }

        json.WriteStartArray("indexes");
        foreach (var index in indexes)
        {
            json.WriteStartObject();
            json.WriteString("column", index.Column);
            json.WriteString("kind", index.Kind);
            json.WriteString("normaliser", index.Normaliser);
            json.WriteNumber("version", index.Version);
            json.WriteNumber("bits", index.Bits);
            if (index.IsUnique)
            {
                json.WriteBoolean("unique", true);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static string NameOf<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}
