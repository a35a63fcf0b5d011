using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ColumnCrypt.Stepping;

/// <summary>
/// The values of a primary key as JSON: text and whole numbers as they are, bytes and other numbers as objects. Stateless, thread-safe.
/// </summary>
internal static class RowKey
{
    public static string Write(IReadOnlyList<object> key)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartArray();
            foreach (object value in key)
            {
                Write(json, value);
            }

            json.WriteEndArray();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <exception cref="FormatException">It is none.</exception>
    public static object[] Read(JsonElement json) => [.. json.EnumerateArray().Select(ReadValue)];

    private static object ReadValue(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Number => value.GetInt64(),
        JsonValueKind.Object when value.TryGetProperty("bytes", out var bytes) => bytes.GetBytesFromBase64(),
        JsonValueKind.Object when value.TryGetProperty("real", out var real) => double.Parse(real.GetString()!, CultureInfo.InvariantCulture),
        _ => throw new FormatException("This is no value of a key."),
    };

    private static void Write(Utf8JsonWriter json, object value)
    {
        switch (value)
        {
            case string text:
                json.WriteStringValue(text);
                break;
            case long number:
                json.WriteNumberValue(number);
                break;
            case byte[] bytes:
                json.WriteStartObject();
                json.WriteBase64String("bytes", bytes);
                json.WriteEndObject();
                break;
            case double real:
                json.WriteStartObject();
                json.WriteString("real", real.ToString("R", CultureInfo.InvariantCulture));
                json.WriteEndObject();
                break;
            default:
                throw new FormatException($"A value of the type {value.GetType().Name} is none of a key.");
        }
    }
}
