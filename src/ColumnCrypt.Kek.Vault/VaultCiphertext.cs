using System.Globalization;
using System.Text.RegularExpressions;

namespace ColumnCrypt.Kek.Vault;

/// <summary>Between a wrap and the ciphertext that Vault knows, <c>vault:vN:</c> and base64 (docs/SPEC.md, SPEC-WRAP-10).</summary>
internal static partial class VaultCiphertext
{
    private const string Prefix = "vault:";
    private const int Smallest = 12 + 16 + KekArguments.MinimumKeySize;
    private const int Largest = 24 + 16 + KekArguments.MaximumKeySize;

    /// <summary>The ciphertext of a wrap; null where it is none of a <c>vault:</c> KEK. Its version chooses among those of the one key.</summary>
    public static string? Of(WrappedKey wrapped) => Version().IsMatch(wrapped.KekVersion) && wrapped.Bytes.Length is >= Smallest and <= Largest
        ? $"{Prefix}{wrapped.KekVersion}:{Convert.ToBase64String(wrapped.Bytes.Span)}"
        : null;

    /// <summary>The number of a version.</summary>
    public static long Number(string version) => long.Parse(version.AsSpan(1), CultureInfo.InvariantCulture);

    /// <summary>The wrap of a ciphertext; null where it is none.</summary>
    /// <param name="ciphertext">The ciphertext.</param>
    /// <param name="size">How many bytes were encrypted, and what the key adds to them.</param>
    public static WrappedKey? Parse(string? ciphertext, int size)
    {
        if (ciphertext is null || !ciphertext.StartsWith(Prefix, StringComparison.Ordinal) || ciphertext.Split(':') is not [_, var version, var encoded] || !Version().IsMatch(version))
        {
            return null;
        }

        byte[] bytes = new byte[Largest];
        return Convert.TryFromBase64String(encoded, bytes, out int written) && written == size
            ? new WrappedKey(version, bytes.AsMemory(0, written).ToArray())
            : null;
    }

    [GeneratedRegex(@"\Av[1-9][0-9]{0,8}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Version();
}
