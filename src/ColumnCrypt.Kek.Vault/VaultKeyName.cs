using System.Text.RegularExpressions;

namespace ColumnCrypt.Kek.Vault;

/// <summary>What a URI says: where the transit engine is mounted, and the name of the key.</summary>
/// <param name="Mount">The mount; may have several parts.</param>
/// <param name="Name">The name.</param>
internal sealed partial record VaultKeyName(string Mount, string Name)
{
    /// <exception cref="EncryptionModelException">The URI names no key.</exception>
    public static VaultKeyName Parse(string uri, string scheme)
    {
        var match = Form().Match(uri[(scheme.Length + 1)..]);

        // What does not fit may hold a token, so it is not shown.
        return match.Success
            ? new VaultKeyName(match.Groups["mount"].Value, match.Groups["name"].Value)
            : throw new EncryptionModelException(
                "A vault: URI names no key: write vault:MOUNT/KEY, for example vault:transit/clinic. Both have letters, digits and . _ - alone, the mount also /; address and credential belong into AddVault.");
    }

    // Each part begins and ends with a letter, a digit or _, as transit demands of names: none is . or .. then.
    [GeneratedRegex(@"\A(?<mount>[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,62}[A-Za-z0-9_])?(?:/[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,62}[A-Za-z0-9_])?){0,7})/(?<name>[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,126}[A-Za-z0-9_])?)\z", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
