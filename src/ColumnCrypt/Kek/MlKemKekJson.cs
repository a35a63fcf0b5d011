using System.Buffers;
using System.Text.Json;
using ColumnCrypt.Crypto.Kem;

namespace ColumnCrypt.Kek;

/// <summary>The text of the file of an <c>mlkem:</c> KEK.</summary>
internal static class MlKemKekJson
{
    private static readonly string[] s_public = ["format", "mlkem768", "p256"];

    public static byte[] Write(MlKemKekDocument document)
    {
        var text = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(text, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            json.WriteString("format", MlKemKekDocument.Format);
            json.WriteString("mlkem768", Convert.ToHexStringLower(document.PublicKey.Encapsulation));
            json.WriteString("p256", Convert.ToHexStringLower(document.PublicKey.Point));
            if (document is { Seal: { } seal, Sealed: { } secret })
            {
                KekJson.Write(json, seal);
                json.WriteString("sealed", Convert.ToHexStringLower(secret));
            }

            json.WriteEndObject();
        }

        return [.. text.WrittenSpan, (byte)'\n'];
    }

    /// <exception cref="FormatException">The text is not that of a KEK file; the message says where.</exception>
    public static MlKemKekDocument Read(ReadOnlyMemory<byte> text) => KekJson.Read(text, Read);

    private static MlKemKekDocument Read(JsonElement root)
    {
        KekJson.DemandFormat(root, MlKemKekDocument.Format);
        var publicKey = new HybridPublicKey(KekJson.Bytes(root, "mlkem768", HybridSizes.Encapsulation), KekJson.Bytes(root, "p256", HybridSizes.Point));
        if (root.TryGetProperty("sealed", out _))
        {
            return new MlKemKekDocument(publicKey, KekJson.Passphrase(root, [.. s_public, "sealed"]), KekJson.Bytes(root, "sealed", MlKemKekDocument.SealedSize));
        }

        KekJson.DemandNoOther(root, s_public);
        return new MlKemKekDocument(publicKey);
    }
}
