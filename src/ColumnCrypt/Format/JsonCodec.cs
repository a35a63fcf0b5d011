using System.Buffers;
using System.Text.Json;

namespace ColumnCrypt.Format;

/// <summary>Any other type as JSON (RFC 8259), UTF-8 without white space, as System.Text.Json writes it by default.</summary>
internal sealed class JsonCodec<T> : ValueCodec<T>
{
    public static readonly JsonCodec<T> Instance = new();

    public override string Name => "json";

    public override byte[] Encode(T value, int head = 0, int tail = 0)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            JsonSerializer.Serialize(writer, value);
        }

        var frame = new byte[head + buffer.WrittenCount + tail];
        buffer.WrittenSpan.CopyTo(frame.AsSpan(head));
        buffer.Clear();
        return frame;
    }

    public override T Decode(ReadOnlySpan<byte> encoded)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(encoded) ?? throw new FormatException("This JSON is null; NULL is never encrypted.");
        }
        catch (JsonException error)
        {
            // The inner message may quote the document.
            throw new FormatException($"This JSON is no {typeof(T).Name} (line {error.LineNumber}, byte {error.BytePositionInLine}).");
        }
    }
}
