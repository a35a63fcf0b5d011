using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using ColumnCrypt.Crypto;
using ColumnCrypt.Format;

namespace ColumnCrypt.Ledger;

/// <summary>
/// A line of a ledger file: one key, signed together with the hash of the line before, so that a line taken out of the middle shows.
/// </summary>
/// <param name="KeyId">The key, 32 hex digits.</param>
/// <param name="ShreddedAt">When, ISO 8601, UTC.</param>
/// <param name="Previous">SHA-256 of the line before, 64 hex digits; "" on the first.</param>
/// <param name="Signature">ECDSA P-256 with SHA-256, r ‖ s in base64.</param>
internal sealed record LedgerLine(
    [property: JsonPropertyName("keyId")] string KeyId,
    [property: JsonPropertyName("shreddedAt")] string ShreddedAt,
    [property: JsonPropertyName("previous")] string Previous,
    [property: JsonPropertyName("signature")] string Signature)
{
    public static LedgerLine Make(KeyId keyId, DateTimeOffset at, string previous) =>
        new(keyId.ToString(), at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture), previous, "");

    public static string HashOf(string line) => Convert.ToHexStringLower(Digest.Sha256(Encoding.UTF8.GetBytes(line)));

    /// <exception cref="FormatException">It is no line of a ledger.</exception>
    public static LedgerLine Read(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<LedgerLine>(line) is { KeyId.Length: > 0, Signature.Length: > 0 } read && read.Write() == line
                ? read
                : throw new FormatException("It is no line of a ledger.");
        }
        catch (JsonException error)
        {
            throw new FormatException("It is no line of a ledger.", error);
        }
    }

    public string Write() => JsonSerializer.Serialize(this);

    public byte[] SignedBytes() => new FieldEncoding().Add("columncrypt_shred_ledger").Add(KeyId).Add(ShreddedAt).Add(Previous).ToArray();
}
