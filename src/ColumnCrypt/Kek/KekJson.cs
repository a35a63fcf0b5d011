using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;
using ColumnCrypt.Crypto;

namespace ColumnCrypt.Kek;

/// <summary>What the texts of KEK files have in common: one JSON object, strings in lower-case hex, every member there once and no other.</summary>
internal static class KekJson
{
    private static readonly string[] s_ofPassphrase = ["kdf", "salt"];

    /// <exception cref="FormatException">The text is not that of a KEK file; the message says where.</exception>
    public static T Read<T>(ReadOnlyMemory<byte> text, Func<JsonElement, T> read)
    {
        if (!Utf8.IsValid(text.Span))
        {
            throw new FormatException("it is not UTF-8");
        }

        try
        {
            using var json = JsonDocument.Parse(text, new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 2 });
            return read(json.RootElement);
        }
        catch (JsonException error)
        {
            throw new FormatException($"it is not JSON at line {error.LineNumber + 1}, or names a member twice", error);
        }
    }

    /// <exception cref="FormatException">It is no object of this format.</exception>
    public static void DemandFormat(JsonElement root, string format)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException("it is not a JSON object");
        }

        if (Text(root, "format") != format)
        {
            throw new FormatException($"its format is not {format}; a newer ColumnCrypt may have written it");
        }
    }

    /// <exception cref="FormatException">It has a member that is not known.</exception>
    public static void DemandNoOther(JsonElement root, IReadOnlyCollection<string> known)
    {
        if (root.EnumerateObject().Any(member => !known.Contains(member.Name, StringComparer.Ordinal)))
        {
            throw new FormatException("it has a member that no KEK file has");
        }
    }

    /// <summary>The seal of a passphrase.</summary>
    /// <param name="root">The file.</param>
    /// <param name="beside">The members that it has besides those of the seal.</param>
    /// <exception cref="FormatException">It is none, or out of its bounds, or the file has other members.</exception>
    public static PassphraseSeal Passphrase(JsonElement root, string[] beside)
    {
        var kdf = Kdf(root);
        DemandNoOther(root, [.. beside, .. s_ofPassphrase, .. kdf.Parameters.Select(static parameter => parameter.Name)]);
        foreach (var parameter in kdf.Parameters.Where(static parameter => !parameter.IsWithinBounds))
        {
            throw new FormatException($"{parameter.Name} is out of its bounds, {parameter.Minimum} to {parameter.Maximum}");
        }

        return new PassphraseSeal(kdf, Bytes(root, "salt", PasswordKdf.SaltSize));
    }

    public static void Write(Utf8JsonWriter json, PassphraseSeal seal)
    {
        json.WriteString("kdf", seal.Kdf.Name);
        foreach (var parameter in seal.Kdf.Parameters)
        {
            json.WriteNumber(parameter.Name, parameter.Value);
        }

        json.WriteString("salt", Convert.ToHexStringLower(seal.Salt));
    }

    public static string Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.String
            ? member.GetString()!
            : throw new FormatException($"it has no text '{name}'");

    public static int Number(JsonElement root, string name) =>
        root.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.Number && member.TryGetInt32(out int number)
            ? number
            : throw new FormatException($"it has no whole number '{name}'");

    public static byte[] Bytes(JsonElement root, string name, int size)
    {
        string hex = Text(root, name);
        var bytes = new byte[size];
        return Convert.FromHexString(hex, bytes, out int consumed, out int written) == OperationStatus.Done
            && consumed == hex.Length && written == size && Convert.ToHexStringLower(bytes) == hex
            ? bytes
            : throw new FormatException($"'{name}' is not {size} bytes in lower-case hex");
    }

    private static PasswordKdf Kdf(JsonElement root) => Text(root, "kdf") switch
    {
        Pbkdf2Kdf.KdfName => new Pbkdf2Kdf(Number(root, Pbkdf2Kdf.IterationsName)),
        Argon2idKdf.KdfName => new Argon2idKdf(Number(root, Argon2idKdf.MemoryName), Number(root, Argon2idKdf.PassesName), Number(root, Argon2idKdf.LanesName)),
        _ => throw new FormatException($"its kdf is neither {Pbkdf2Kdf.KdfName} nor {Argon2idKdf.KdfName}"),
    };
}
