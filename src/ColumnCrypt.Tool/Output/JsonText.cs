using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using ColumnCrypt.Format;

namespace ColumnCrypt.Tool.Output;

/// <summary>The one way in which answers become JSON: docs/cli.md.</summary>
internal static class JsonText
{
    private static readonly JsonSerializerOptions s_options = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = JsonNumberHandling.Strict,
        Converters =
        {
            new TimeConverter(),
            new DurationConverter(),
            new TextConverter<KeyId>(KeyId.Parse, static id => id.ToString()),
            new TextConverter<Metadata.KeyKind>(
                static text => Enum.Parse<Metadata.KeyKind>(text, ignoreCase: true), static kind => kind.ToString().ToLowerInvariant()),
            new JsonStringEnumConverter(),
        },
    };

    public static string Write(object value) => JsonSerializer.Serialize(value, value.GetType(), s_options);

    public static T? Read<T>(string text) => JsonSerializer.Deserialize<T>(text, s_options);
}
