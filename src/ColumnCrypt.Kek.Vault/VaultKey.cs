using System.Text.Json;
using ColumnCrypt.Kek.Vault.Http;

namespace ColumnCrypt.Kek.Vault;

/// <summary>What Vault says of a key.</summary>
/// <param name="Type">Its type.</param>
/// <param name="LatestVersion">The version that encrypts.</param>
/// <param name="MinDecryptionVersion">The smallest version that decrypts.</param>
/// <param name="MinAvailableVersion">The smallest version that is there; 0 for all.</param>
/// <param name="IsDerived">True where each context has a key of its own, derived from it.</param>
/// <param name="IsConvergent">True where the same text encrypts to the same.</param>
/// <param name="IsExportable">True where somebody may have its bytes.</param>
/// <param name="IsDeletable">True where it may be deleted.</param>
internal sealed record VaultKey(
    string Type, long LatestVersion, long MinDecryptionVersion, long MinAvailableVersion, bool IsDerived, bool IsConvergent, bool IsExportable, bool IsDeletable)
{
    /// <summary>Its strength in bits, and what it adds to a text, in bytes: nonce and tag; null for a type that does not wrap.</summary>
    private (int Bits, int Overhead)? Properties => Type switch
    {
        "aes256-gcm96" or "chacha20-poly1305" => (256, 12 + 16),
        "aes128-gcm96" => (128, 12 + 16),
        "xchacha20-poly1305" => (256, 24 + 16),
        _ => null,
    };

    public int? Bits => Properties?.Bits;

    /// <summary>What it adds to a text, in bytes: nonce and tag.</summary>
    public int Overhead => Properties?.Overhead ?? 0;

    /// <summary>Null where there is no such thing.</summary>
    public static VaultKey? Of(JsonElement data) => VaultAnswer.Text(data, "type") is { } type && VaultAnswer.Number(data, "latest_version") is { } latest
        ? new VaultKey(
            type,
            latest,
            VaultAnswer.Number(data, "min_decryption_version") ?? 0,
            VaultAnswer.Number(data, "min_available_version") ?? 0,
            VaultAnswer.IsTrue(data, "derived"),
            VaultAnswer.IsTrue(data, "convergent_encryption"),
            VaultAnswer.IsTrue(data, "exportable") || VaultAnswer.IsTrue(data, "allow_plaintext_backup"),
            VaultAnswer.IsTrue(data, "deletion_allowed"))
        : null;

    /// <summary>Why it is no KEK, and what to do about it; null where it is one.</summary>
    /// <param name="name">Its mount and name.</param>
    /// <param name="allowWeak">True to take a key that somebody may have the bytes of.</param>
    public string? Mistake(VaultKeyName name, bool allowWeak)
    {
        string? mistake = Bits is null ? $"is of the type {Type}, which is not for wrapping"
            : !IsDerived ? "is not derived, and so binds no context"
            : IsConvergent ? "is convergent, and so shows which keys are equal"
            : IsExportable && !allowWeak ? "may be exported or backed up in plaintext, which only AllowWeakKek takes"
            : null;
        return mistake is null ? null : $"{mistake}. Make another one: vault write -f {name.Mount}/keys/NAME type=aes256-gcm96 derived=true";
    }
}
