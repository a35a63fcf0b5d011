using System.Text.Json;
using System.Text.Json.Serialization;
using ColumnCrypt.Format;
using ColumnCrypt.Metadata;
using ColumnCrypt.Store;

namespace ColumnCrypt.Backup;

/// <summary>
/// A line of a backup: one row, or the header, or at the end the mac over all lines before it. JSON in UTF-8; exactly one member is set.
/// </summary>
internal sealed record BackupLine
{
    private static readonly JsonSerializerOptions s_json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new JsonStringEnumConverter(), new KeyIdConverter() },
    };

    public BackupHeader? Header { get; init; }

    public TenantRecord? Tenant { get; init; }

    public KeyWithWraps? Key { get; init; }

    public KekRecord? Kek { get; init; }

    public ColumnRecord? Column { get; init; }

    public AuditRecord? Audit { get; init; }

    public byte[]? Mac { get; init; }

    public byte[] Write() => [.. JsonSerializer.SerializeToUtf8Bytes(this, s_json), (byte)'\n'];

    /// <exception cref="FormatException">It is no line of a backup.</exception>
    public static BackupLine Read(ReadOnlySpan<byte> line)
    {
        try
        {
            return JsonSerializer.Deserialize<BackupLine>(line, s_json) ?? throw new FormatException("A line of the backup is empty.");
        }
        catch (Exception error) when (error is JsonException or ArgumentException)
        {
            throw new FormatException("A line of the backup is none that ColumnCrypt writes.", error);
        }
    }

    private sealed class KeyIdConverter : JsonConverter<KeyId>
    {
        public override KeyId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            try
            {
                return KeyId.Parse(reader.GetString() ?? "");
            }
            catch (FormatException error)
            {
                throw new JsonException("A key id has 32 hex digits.", error);
            }
        }

        public override void Write(Utf8JsonWriter writer, KeyId value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
    }
}
