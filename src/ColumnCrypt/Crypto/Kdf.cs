using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ColumnCrypt.Format;

namespace ColumnCrypt.Crypto;

/// <summary>
/// The one derivation: NIST SP 800-108r1, section 4.1, KDF in counter mode with HMAC-SHA-256, 32-bit counter and length, output
/// 32 bytes. The context is a list of fields as <see cref="FieldEncoding"/> writes it. Thread-safe.
/// </summary>
internal static class Kdf
{
    /// <summary>The size of what it derives: 32 bytes.</summary>
    public const int Size = 32;

    private static readonly byte[] s_keyId = "columncrypt/1/key-id"u8.ToArray();
    private static readonly byte[] s_aead = "columncrypt/1/aead"u8.ToArray();
    private static readonly byte[] s_index = "columncrypt/1/index"u8.ToArray();
    private static readonly byte[] s_rowMac = "columncrypt/1/row-mac"u8.ToArray();
    private static readonly byte[] s_audit = "columncrypt/1/audit"u8.ToArray();
    private static readonly byte[] s_intermediate = "columncrypt/1/intermediate"u8.ToArray();
    private static readonly byte[] s_shareSet = "columncrypt/1/share-set"u8.ToArray();

    /// <summary>The commitment to a key; its first 16 bytes are the key id.</summary>
    public static byte[] Commitment(ReadOnlySpan<byte> key)
    {
        var commitment = new byte[Size];
        Derive(key, s_keyId, [], commitment);
        return commitment;
    }

    /// <summary>The subkey of a data key for one column: what AES-256-GCM really uses.</summary>
    public static void DeriveAead(ReadOnlySpan<byte> dek, byte suite, string purpose, Span<byte> subkey) =>
        Derive(dek, s_aead, new FieldEncoding().Add([suite]).Add(purpose).ToArray(), subkey);

    /// <summary>The subkey of an index key for one index: what HMAC-SHA-256 really uses.</summary>
    public static void DeriveIndex(ReadOnlySpan<byte> indexKey, string purpose, string kind, string normaliser, int version, Span<byte> subkey) => Derive(
        indexKey, s_index, new FieldEncoding().Add(purpose).Add(kind).Add(normaliser).Add(version.ToString(CultureInfo.InvariantCulture)).ToArray(), subkey);

    /// <summary>The subkey of the installation key that authenticates rows of the key tables.</summary>
    public static void DeriveRowMac(ReadOnlySpan<byte> installationKey, Span<byte> subkey) =>
        Derive(installationKey, s_rowMac, [], subkey);

    /// <summary>The subkey of the installation key that authenticates the audit.</summary>
    public static void DeriveAudit(ReadOnlySpan<byte> installationKey, Span<byte> subkey) =>
        Derive(installationKey, s_audit, [], subkey);

    /// <summary>The subkey of an intermediate key: what AES-256-GCM really wraps tenants' keys with.</summary>
    public static void DeriveIntermediate(ReadOnlySpan<byte> intermediateKey, Span<byte> subkey) =>
        Derive(intermediateKey, s_intermediate, [], subkey);

    /// <summary>What commits to a shared secret and to the KEK that it seals.</summary>
    public static void DeriveShareSet(ReadOnlySpan<byte> secret, KeyId kek, Span<byte> commitment) =>
        Derive(secret, s_shareSet, new FieldEncoding().Add(kek).ToArray(), commitment);

    /// <summary>KDF(key, label, context).</summary>
    public static void Derive(ReadOnlySpan<byte> key, string label, ReadOnlySpan<byte> context, Span<byte> output) =>
        Derive(key, Encoding.UTF8.GetBytes(label), context, output);

    private static void Derive(ReadOnlySpan<byte> key, byte[] label, ReadOnlySpan<byte> context, Span<byte> output) =>
        SP800108HmacCounterKdf.DeriveBytes(key, HashAlgorithmName.SHA256, label, context, output[..Size]);
}
