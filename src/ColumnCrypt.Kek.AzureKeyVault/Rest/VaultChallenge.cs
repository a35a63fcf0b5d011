using System.Text.RegularExpressions;

namespace ColumnCrypt.Kek.AzureKeyVault.Rest;

/// <summary>What a vault says in <c>WWW-Authenticate</c> of the token that it wants (RFC 9110, section 11.6.1, with the parameters of Azure).</summary>
/// <param name="Resource">The host that the token must be for; null where it is not said.</param>
/// <param name="Directory">The tenant of Microsoft Entra ID that issues it; null where it is not said.</param>
/// <param name="Claims">What the token must hold beyond that, of continuous access evaluation; null for nothing.</param>
internal sealed partial record VaultChallenge(string? Resource, string? Directory, string? Claims)
{
    private const int MaximumSize = 8_192;

    /// <returns>Null where there is none of the scheme Bearer.</returns>
    public static VaultChallenge? Parse(string? header)
    {
        if (header is null || header.Length > MaximumSize || !header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var parameters = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (Match match in Parameter().Matches(header["Bearer ".Length..]))
        {
            parameters.TryAdd(match.Groups["name"].Value, match.Groups["value"].Value);
        }

        string? resource = parameters.GetValueOrDefault("scope") is { } scope ? WithoutDefault(scope) : parameters.GetValueOrDefault("resource");
        return new VaultChallenge(
            HostOf(resource),
            DirectoryOf(parameters.GetValueOrDefault("authorization") ?? parameters.GetValueOrDefault("authorization_uri")),
            ClaimsOf(parameters.GetValueOrDefault("claims")));
    }

    private static string WithoutDefault(string scope) => scope.EndsWith("/.default", StringComparison.Ordinal) ? scope[..^"/.default".Length] : scope;

    // "" for a resource that is no https URL of a host alone: no vault's host ends in that.
    private static string? HostOf(string? resource) => resource is null ? null
        : Uri.TryCreate(resource, UriKind.Absolute, out var url) && url is { Scheme: "https", UserInfo: "", AbsolutePath: "/", Query: "", Fragment: "" } ? url.Host : "";

    private static string? DirectoryOf(string? authority) =>
        authority is not null && Uri.TryCreate(authority, UriKind.Absolute, out var url) && url is { Scheme: "https", Segments.Length: > 1 } && DirectoryForm().Match(url.Segments[1]) is { Success: true } match
            && match.Groups["id"].Value is not ("common" or "organizations") ? match.Groups["id"].Value : null;

    private static string? ClaimsOf(string? claims)
    {
        byte[] decoded = new byte[MaximumSize];
        return claims is { Length: > 0 } && Convert.TryFromBase64String(claims, decoded, out int size) ? System.Text.Encoding.UTF8.GetString(decoded, 0, size) : null;
    }

    [GeneratedRegex("""(?<name>[A-Za-z_]+)\s*=\s*(?:"(?<value>[^"]*)"|(?<value>[^\s,"]+))""", RegexOptions.CultureInvariant)]
    private static partial Regex Parameter();

    [GeneratedRegex(@"\A(?<id>[0-9A-Za-z.-]{1,100})/?\z", RegexOptions.CultureInvariant)]
    private static partial Regex DirectoryForm();
}
