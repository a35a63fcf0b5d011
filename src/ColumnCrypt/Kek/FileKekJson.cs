using System.Buffers;
using System.Text.Json;
using ColumnCrypt.Format;

namespace ColumnCrypt.Kek;

/// <summary>
/// The text of a KEK file: one JSON object, strings in lower-case hex, every member there once and no other. Nothing is read that is
/// not checked, so that a change of any byte is noticed.
/// </summary>
internal static class FileKekJson
{
    private static readonly string[] s_everywhere = ["format", "id", "sealed"];
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
            KekJson.Write(json, passphrase);
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
    public static FileKekDocument Read(ReadOnlyMemory<byte> text) => KekJson.Read(text, Read);

    private static FileKekDocument Read(JsonElement root)
    {
        KekJson.DemandFormat(root, FileKekDocument.Format);
        FileKekSeal seal = root.TryGetProperty("seal", out _) ? Shares(root) : KekJson.Passphrase(root, s_everywhere);
        return new FileKekDocument(new KeyId(KekJson.Bytes(root, "id", KeyId.Size)), seal, KekJson.Bytes(root, "sealed", FileKekDocument.SealedSize));
    }

    private static SharesSeal Shares(JsonElement root)
    {
        if (KekJson.Text(root, "seal") != SharesSeal.Name)
        {
            throw new FormatException($"its seal is not {SharesSeal.Name}; a newer ColumnCrypt may have written it");
        }

        KekJson.DemandNoOther(root, [.. s_everywhere, .. s_ofShares]);
        int threshold = KekJson.Number(root, "threshold");
        int count = KekJson.Number(root, "shares");
        return SharesSeal.WhyUnfit(threshold, count) is { } why
            ? throw new FormatException(why)
            : new SharesSeal(Convert.ToHexStringLower(KekJson.Bytes(root, "set", SharesSeal.SetSize)), threshold, count);
    }
}
