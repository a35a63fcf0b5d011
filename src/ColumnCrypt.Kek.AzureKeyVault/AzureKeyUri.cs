using System.Text.RegularExpressions;

namespace ColumnCrypt.Kek.AzureKeyVault;

/// <summary>What a URI says: the host of the vault, the name of the key, and one version of it or null for the newest.</summary>
/// <param name="Host">The host, lower case.</param>
/// <param name="Name">The name of the key.</param>
/// <param name="Version">32 hex digits, lower case, or null.</param>
internal sealed partial record AzureKeyUri(string Host, string Name, string? Version)
{
    /// <exception cref="EncryptionModelException">The URI names no key.</exception>
    public static AzureKeyUri Parse(string uri, string scheme)
    {
        var match = Form().Match(uri[(scheme.Length + 1)..]);
        if (!match.Success)
        {
            // What does not fit may hold a secret, so it is not shown.
            throw new EncryptionModelException(
                "An azure-kv: URI names no key: write azure-kv:https://VAULT.vault.azure.net/keys/NAME, or add /VERSION, 32 hex digits, for that version alone. Credentials belong into AddAzureKeyVault.");
        }

        return new AzureKeyUri(match.Groups["host"].Value, match.Groups["name"].Value, match.Groups["version"] is { Success: true } version ? version.Value : null);
    }

    /// <summary>The version that the identifier of a key names; null where it is none of this key's.</summary>
    /// <param name="identifier"><c>https://HOST/keys/NAME/VERSION</c>, as a vault answers.</param>
    public string? VersionOf(string? identifier)
    {
        string path = $"/keys/{Name}/";
        return Uri.TryCreate(identifier, UriKind.Absolute, out var url) && url is { Scheme: "https", IsDefaultPort: true, Query: "", Fragment: "" } && url.Host.Equals(Host, StringComparison.OrdinalIgnoreCase)
            && url.AbsolutePath.StartsWith(path, StringComparison.OrdinalIgnoreCase) && IsVersion(url.AbsolutePath[path.Length..]) ? url.AbsolutePath[path.Length..] : null;
    }

    public static bool IsVersion(string text) => VersionForm().IsMatch(text);

    [GeneratedRegex(@"\Ahttps://(?<host>[a-z0-9](?:[a-z0-9-]{0,61})(?:\.[a-z0-9](?:[a-z0-9-]{0,61}))+)/keys/(?<name>[0-9A-Za-z-]{1,127})(?:/(?<version>[0-9a-f]{32}))?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Form();

    [GeneratedRegex(@"\A[0-9a-f]{32}\z", RegexOptions.CultureInvariant)]
    private static partial Regex VersionForm();
}
