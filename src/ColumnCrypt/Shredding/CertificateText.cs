using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using ColumnCrypt.Crypto;

namespace ColumnCrypt.Shredding;

/// <summary>
/// The one text of a certificate: JSON in UTF-8, indented, members in the order of the record. What is signed is the text with an empty
/// signature; a text that differs from what its content is written as, be it by a blank, is none.
/// </summary>
internal static class CertificateText
{
    private static readonly JsonSerializerOptions s_json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    public static string Write(ErasureCertificate certificate) => JsonSerializer.Serialize(certificate, s_json) + "\n";

    public static byte[] SignedBytes(ErasureCertificate certificate) => Encoding.UTF8.GetBytes(Write(certificate with { Signature = "" }));

    public static string HashOf(string text) => Convert.ToHexStringLower(Digest.Sha256(Encoding.UTF8.GetBytes(text)));

    /// <summary>Reads a text; false where it is not exactly what its content is written as.</summary>
    public static bool TryRead(string text, [NotNullWhen(true)] out ErasureCertificate? certificate)
    {
        try
        {
            certificate = JsonSerializer.Deserialize<ErasureCertificate>(text, s_json);
            return certificate is { Format: ErasureCertificate.CurrentFormat } && Write(certificate) == text;
        }
        catch (JsonException)
        {
            certificate = null;
            return false;
        }
    }

    /// <summary>True where the signature is one of the public key named, over this content.</summary>
    public static bool IsSigned(ErasureCertificate certificate)
    {
        byte[] key = new byte[certificate.PublicKey.Length];
        byte[] signature = new byte[certificate.Signature.Length];
        return Convert.TryFromBase64String(certificate.PublicKey, key, out int keySize)
            && Convert.TryFromBase64String(certificate.Signature, signature, out int signatureSize)
            && Convert.ToBase64String(key.AsSpan(0, keySize)) == certificate.PublicKey
            && Convert.ToBase64String(signature.AsSpan(0, signatureSize)) == certificate.Signature
            && EcdsaP256.Verify(key.AsSpan(0, keySize), SignedBytes(certificate), signature.AsSpan(0, signatureSize));
    }

    public static string FingerprintOf(ErasureCertificate certificate) => EcdsaP256.Fingerprint(Convert.FromBase64String(certificate.PublicKey));
}
