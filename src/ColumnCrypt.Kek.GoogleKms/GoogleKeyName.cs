using System.Text.RegularExpressions;

namespace ColumnCrypt.Kek.GoogleKms;

/// <summary>The resource name of a key.</summary>
/// <param name="Name"><c>projects/P/locations/L/keyRings/R/cryptoKeys/K</c>.</param>
/// <param name="Below">The same without the project, which a service may name by its number.</param>
internal sealed partial record GoogleKeyName(string Name, string Below)
{
    private const string Versions = "/cryptoKeyVersions/";

    /// <exception cref="EncryptionModelException">The URI names no key.</exception>
    public static GoogleKeyName Parse(string uri, string scheme)
    {
        string name = uri[(scheme.Length + 1)..];
        return Form().Match(name) is { Success: true } match
            ? new GoogleKeyName(name, match.Groups["below"].Value)
            // What does not fit may hold a secret, so it is not shown.
            : throw new EncryptionModelException(
                "A gcp-kms: URI names no key: write gcp-kms:projects/PROJECT/locations/LOCATION/keyRings/RING/cryptoKeys/KEY, without a version. Credentials belong into AddGoogleKms.");
    }

    /// <summary>The version of this key that a resource name names, a number; null where it names none.</summary>
    public string? VersionOf(string? name)
    {
        int start = name?.IndexOf("/locations/", StringComparison.Ordinal) ?? -1;
        string beginning = Below + Versions;
        return start >= 0 && name![start..].StartsWith(beginning, StringComparison.Ordinal) && IsVersion(name[(start + beginning.Length)..]) ? name[(start + beginning.Length)..] : null;
    }

    /// <summary>The resource name of a version.</summary>
    public string Version(string version) => Name + Versions + version;

    public static bool IsVersion(string text) => Number().IsMatch(text);

    [GeneratedRegex(@"\Aprojects/[a-z0-9](?:[a-z0-9.:-]{0,99})(?<below>/locations/[a-z0-9-]{1,63}/keyRings/[A-Za-z0-9_-]{1,63}/cryptoKeys/[A-Za-z0-9_-]{1,63})\z", RegexOptions.CultureInvariant)]
    private static partial Regex Form();

    [GeneratedRegex(@"\A[1-9][0-9]{0,17}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Number();
}
