using System.Globalization;
using System.Text.RegularExpressions;
using ColumnCrypt.Kek.Kmip.Connections;

namespace ColumnCrypt.Kek.Kmip;

/// <summary>What a URI says: the key server, and the Name attribute of the key.</summary>
/// <param name="Endpoint">The key server.</param>
/// <param name="Name">The name: 1 to 200 characters.</param>
internal sealed partial record KmipUri(KmipEndpoint Endpoint, string Name)
{
    /// <exception cref="EncryptionModelException">The URI names no key.</exception>
    public static KmipUri Parse(string uri, string scheme)
    {
        var match = Form().Match(uri[(scheme.Length + 1)..]);
        if (!match.Success || !int.TryParse(match.Groups["port"].Value, CultureInfo.InvariantCulture, out int port) || port is < 1 or > 65_535)
        {
            // What does not fit may hold a password, so it is not shown.
            throw new EncryptionModelException(
                "A kmip: URI names no key: write kmip:HOST:PORT/NAME, for example kmip:keys.example.org:5696/clinic. The name has letters, digits and . _ - / : alone; certificates and passphrases belong into AddKmip.");
        }

        string host = match.Groups["host"].Value;
        return new KmipUri(new KmipEndpoint(host.Trim('[', ']'), port), match.Groups["name"].Value);
    }

    [GeneratedRegex(@"\A(?<host>[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252})|\[[0-9A-Fa-f:.]{2,45}\]):(?<port>[0-9]{1,5})/(?<name>[A-Za-z0-9._:/-]{1,200})\z", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
