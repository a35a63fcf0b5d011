using System.Globalization;
using System.Security.Cryptography;
using ColumnCrypt.Crypto;
using ColumnCrypt.Crypto.Sharing;
using ColumnCrypt.Format;

namespace ColumnCrypt.Kek;

/// <summary>The seal is a random secret that is nowhere but in its shares (docs/SPEC.md, section 14).</summary>
/// <param name="Set">Names the shares that belong together, and commits to the secret and to the KEK: 12 hex digits, lower case.</param>
/// <param name="Threshold">How many shares give the secret: 2 or more.</param>
/// <param name="Count">How many there are: up to 255.</param>
internal sealed record SharesSeal(string Set, int Threshold, int Count) : FileKekSeal
{
    /// <summary>What the member <c>seal</c> of the file says, and the field of the associated data.</summary>
    public const string Name = "shares";

    /// <summary>The size of a set id: 6 bytes.</summary>
    public const int SetSize = 6;

    /// <summary>The seal of a secret.</summary>
    public static SharesSeal Of(KeyId kek, ReadOnlySpan<byte> secret, int threshold, int count) => new(SetOf(kek, secret), threshold, count);

    /// <summary>Whether this is the secret that the shares were made of.</summary>
    public bool IsOf(KeyId kek, ReadOnlySpan<byte> secret) =>
        CryptographicOperations.FixedTimeEquals(Convert.FromHexString(Set), Convert.FromHexString(SetOf(kek, secret)));

    /// <summary>Why a threshold and a count cannot be; null where they can.</summary>
    public static string? WhyUnfit(int threshold, int count) =>
        threshold >= SecretSharing.MinimumThreshold && threshold <= count && count <= SecretSharing.MaximumCount
            ? null
            : $"the threshold goes from {SecretSharing.MinimumThreshold} to the number of shares, and that to {SecretSharing.MaximumCount}";

    /// <summary><c>shares</c>, set id, threshold and count in decimal.</summary>
    public override FieldEncoding AddTo(FieldEncoding header) => header.Add(Name).Add(Convert.FromHexString(Set))
        .Add(Threshold.ToString(CultureInfo.InvariantCulture)).Add(Count.ToString(CultureInfo.InvariantCulture));

    private static string SetOf(KeyId kek, ReadOnlySpan<byte> secret)
    {
        Span<byte> commitment = stackalloc byte[Kdf.Size];
        Kdf.DeriveShareSet(secret, kek, commitment);
        return Convert.ToHexStringLower(commitment[..SetSize]);
    }
}
