using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;
using ColumnCrypt.Crypto;
using ColumnCrypt.Format;

namespace ColumnCrypt.Kek;

/// <summary>
/// The text of a KEK file: one JSON object, strings in lower-case hex, every member there once and no other. Nothing is read that is
/// not checked, so that a change of any byte is noticed.
/// </summary>
internal static class FileKekJson
{
    private static readonly string[] s_header = ["format", "id", "kdf"];
    private static readonly string[] s_body = ["salt", "sealed"];

    public static byte[] Write(FileKekDocument document)
    {
        var text = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(text, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            json.WriteString("format", FileKekDocument.Format);
            json.WriteString("id", document.Id.ToString());
            json.WriteString("kdf", document.Kdf.Name);
            foreach (var parameter in document.Kdf.Parameters)
            {
                json.WriteNumber(parameter.Name, parameter.Value);
            }

            json.WriteString("salt", Convert.ToHexStringLower(document.Salt));
            json.WriteString("sealed", Convert.ToHexStringLower(document.Sealed));
            json.WriteEndObject();
        }

        return [.. text.WrittenSpan, (byte)'\n'];
    }

    /// <exception cref="FormatException">The text is not that of a KEK file; the message says where.</exception>
    public static FileKekDocument Read(ReadOnlyMemory<byte> text)
    {
        if (!Utf8.IsValid(text.Span))
        {
            throw new FormatException("it is not UTF-8");
        }

        try
        {
            using var json = JsonDocument.Parse(text, new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 2 });
            return Read(json.RootElement);
        }
        catch (JsonException error)
        {
            throw new FormatException($"it is not JSON at line {error.LineNumber + 1}, or names a member twice", error);
        }
    }

    private static FileKekDocument Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException("it is not a JSON object");
        }

        string format = Text(root, "format");
        if (format != FileKekDocument.Format)
        {
            throw new FormatException($"its format is not {FileKekDocument.Format}; a newer ColumnCrypt may have written it");
        }

        var kdf = Kdf(root);
        string[] known = [.. s_header, .. kdf.Parameters.Select(static parameter => parameter.Name), .. s_body];
        if (root.EnumerateObject().Any(member => !known.Contains(member.Name, StringComparer.Ordinal)))
        {
            throw new FormatException("it has a member that no KEK file has");
        }

        foreach (var parameter in kdf.Parameters.Where(static parameter => !parameter.IsWithinBounds))
        {
            throw new FormatException($"{parameter.Name} is out of its bounds, {parameter.Minimum} to {parameter.Maximum}");
        }

        return new FileKekDocument(
            new KeyId(Bytes(root, "id", KeyId.Size)), kdf, Bytes(root, "salt", PasswordKdf.SaltSize), Bytes(root, "sealed", FileKekDocument.SealedSize));
    }

    private static PasswordKdf Kdf(JsonElement root) => Text(root, "kdf") switch
    {
        Pbkdf2Kdf.KdfName => new Pbkdf2Kdf(Number(root, Pbkdf2Kdf.IterationsName)),
        Argon2idKdf.KdfName => new Argon2idKdf(Number(root, Argon2idKdf.MemoryName), Number(root, Argon2idKdf.PassesName), Number(root, Argon2idKdf.LanesName)),
        _ => throw new FormatException($"its kdf is neither {Pbkdf2Kdf.KdfName} nor {Argon2idKdf.KdfName}"),
    };

    private static string Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.String
            ? member.GetString()!
            : throw new FormatException($"it has no text '{name}'");

    private static int Number(JsonElement root, string name) =>
        root.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.Number && member.TryGetInt32(out int number)
            ? number
            : throw new FormatException($"it has no whole number '{name}'");

    private static byte[] Bytes(JsonElement root, string name, int size)
    {
        string hex = Text(root, name);
        var bytes = new byte[size];
        return Convert.FromHexString(hex, bytes, out int consumed, out int written) == OperationStatus.Done
            && consumed == hex.Length && written == size && Convert.ToHexStringLower(bytes) == hex
            ? bytes
            : throw new FormatException($"'{name}' is not {size} bytes in lower-case hex");
    }
}
