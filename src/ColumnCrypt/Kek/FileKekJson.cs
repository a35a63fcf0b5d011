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
    private static readonly string[] s_everywhere = ["format", "id", "sealed"];
    private static readonly string[] s_ofPassphrase = ["kdf", "salt"];
    private static readonly string[] s_ofShares = ["seal", "set", "threshold", "shares"];

    public static byte[] Write(FileKekDocument document)
    {
        var text = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(text, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            json.WriteString("format", FileKekDocument.Format);
            json.WriteString("id", document.Id.ToString());
            Write(json, document.Seal);
            json.WriteString("sealed", Convert.ToHexStringLower(document.Sealed));
            json.WriteEndObject();
        }

        return [.. text.WrittenSpan, (byte)'\n'];
    }

    private static void Write(Utf8JsonWriter json, FileKekSeal seal)
    {
        if (seal is PassphraseSeal passphrase)
        {
            json.WriteString("kdf", passphrase.Kdf.Name);
            foreach (var parameter in passphrase.Kdf.Parameters)
            {
                json.WriteNumber(parameter.Name, parameter.Value);
            }

            json.WriteString("salt", Convert.ToHexStringLower(passphrase.Salt));
        }
        else if (seal is SharesSeal shares)
        {
            json.WriteString("seal", SharesSeal.Name);
            json.WriteString("set", shares.Set);
            json.WriteNumber("threshold", shares.Threshold);
            json.WriteNumber("shares", shares.Count);
        }
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

        FileKekSeal seal = root.TryGetProperty("seal", out _) ? Shares(root) : Passphrase(root);
        return new FileKekDocument(new KeyId(Bytes(root, "id", KeyId.Size)), seal, Bytes(root, "sealed", FileKekDocument.SealedSize));
    }

    private static SharesSeal Shares(JsonElement root)
    {
        if (Text(root, "seal") != SharesSeal.Name)
        {
            throw new FormatException($"its seal is not {SharesSeal.Name}; a newer ColumnCrypt may have written it");
        }

        DemandNoOther(root, s_ofShares);
        int threshold = Number(root, "threshold");
        int count = Number(root, "shares");
        return SharesSeal.WhyUnfit(threshold, count) is { } why
            ? throw new FormatException(why)
            : new SharesSeal(Convert.ToHexStringLower(Bytes(root, "set", SharesSeal.SetSize)), threshold, count);
    }

    private static PassphraseSeal Passphrase(JsonElement root)
    {
        var kdf = Kdf(root);
        DemandNoOther(root, [.. s_ofPassphrase, .. kdf.Parameters.Select(static parameter => parameter.Name)]);
        foreach (var parameter in kdf.Parameters.Where(static parameter => !parameter.IsWithinBounds))
        {
            throw new FormatException($"{parameter.Name} is out of its bounds, {parameter.Minimum} to {parameter.Maximum}");
        }

        return new PassphraseSeal(kdf, Bytes(root, "salt", PasswordKdf.SaltSize));
    }

    private static void DemandNoOther(JsonElement root, string[] known)
    {
        if (root.EnumerateObject().Any(member => !s_everywhere.Contains(member.Name, StringComparer.Ordinal) && !known.Contains(member.Name, StringComparer.Ordinal)))
        {
            throw new FormatException("it has a member that no KEK file has");
        }
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
