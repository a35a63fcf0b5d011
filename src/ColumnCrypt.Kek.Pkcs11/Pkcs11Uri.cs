using System.Text;

namespace ColumnCrypt.Kek.Pkcs11;

/// <summary>A PKCS#11 URI (RFC 7512): which token, which key, and how to get there.</summary>
internal sealed class Pkcs11Uri
{
    private static readonly string[] s_known = ["token", "manufacturer", "serial", "model", "slot-id", "object", "id", "type"];
    private static readonly string[] s_knownInQuery = ["module-path", "pin-source"];

    private readonly Dictionary<string, byte[]> _path;
    private readonly Dictionary<string, byte[]> _query;

    private Pkcs11Uri(Dictionary<string, byte[]> path, Dictionary<string, byte[]> query)
    {
        _path = path;
        _query = query;
    }

    public string? Token => Text(_path, "token");

    public string? Manufacturer => Text(_path, "manufacturer");

    public string? Serial => Text(_path, "serial");

    public string? Model => Text(_path, "model");

    public string? SlotId => Text(_path, "slot-id");

    /// <summary>CKA_LABEL of the key; null where the URI does not say.</summary>
    public byte[]? Label => _path.GetValueOrDefault("object");

    /// <summary>CKA_ID of the key; null where the URI does not say.</summary>
    public byte[]? KeyId => _path.GetValueOrDefault("id");

    /// <summary>True for an RSA key pair, <c>type=private</c>; else the key is a secret key.</summary>
    public bool IsKeyPair => Text(_path, "type") == "private";

    public string? ModulePath => Text(_query, "module-path");

    /// <summary>The file that holds the PIN; null where the URI does not say.</summary>
    public string? PinFile => Text(_query, "pin-source") is { } source ? source.StartsWith("file:", StringComparison.Ordinal) ? source["file:".Length..] : source : null;

    /// <exception cref="EncryptionModelException">It is malformed, names no key, or holds a PIN.</exception>
    public static Pkcs11Uri Parse(string uri, string scheme)
    {
        string rest = uri[(scheme.Length + 1)..];
        int question = rest.IndexOf('?', StringComparison.Ordinal);
        var path = Attributes(uri, question < 0 ? rest : rest[..question], ';', s_known);
        var query = Attributes(uri, question < 0 ? "" : rest[(question + 1)..], '&', s_knownInQuery);
        var parsed = new Pkcs11Uri(path, query);
        if (parsed.Label is null && parsed.KeyId is null)
        {
            throw Malformed(uri, "it names no key");
        }

        if (Text(path, "type") is not (null or "secret-key" or "private"))
        {
            throw Malformed(uri, "its type is secret-key, or private for an RSA key pair");
        }

        return parsed;
    }

    private static Dictionary<string, byte[]> Attributes(string uri, string text, char separator, string[] known)
    {
        var attributes = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (string part in text.Split(separator, StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = part.IndexOf('=', StringComparison.Ordinal);
            string name = equals < 0 ? part : part[..equals];
            if (name is "pin-value")
            {
                // Not the URI in the message: it holds the PIN.
                throw new EncryptionModelException("A pkcs11: URI must not hold a PIN: it stands in the key tables. Use pin-source=file:PATH, or Pkcs11(token => token.Pin = …).");
            }

            if (equals < 0 || !known.Contains(name, StringComparer.Ordinal))
            {
                throw Malformed(uri, $"'{name}' is not one of {string.Join(", ", known)}");
            }

            if (!attributes.TryAdd(name, Decode(part[(equals + 1)..]) ?? throw Malformed(uri, $"the percent-encoding of '{name}' is wrong")))
            {
                throw Malformed(uri, $"'{name}' stands in it twice");
            }
        }

        return attributes;
    }

    private static byte[]? Decode(string text)
    {
        var bytes = new List<byte>(text.Length);
        byte[] source = Encoding.UTF8.GetBytes(text);
        for (int i = 0; i < source.Length; i++)
        {
            if (source[i] != (byte)'%')
            {
                bytes.Add(source[i]);
                continue;
            }

            if (i + 2 >= source.Length || !char.IsAsciiHexDigit((char)source[i + 1]) || !char.IsAsciiHexDigit((char)source[i + 2]))
            {
                return null;
            }

            bytes.Add(Convert.ToByte($"{(char)source[i + 1]}{(char)source[i + 2]}", 16));
            i += 2;
        }

        return [.. bytes];
    }

    private static string? Text(Dictionary<string, byte[]> attributes, string name) => attributes.TryGetValue(name, out byte[]? value) ? Encoding.UTF8.GetString(value) : null;

    private static EncryptionModelException Malformed(string uri, string why) => new(
        $"'{uri}' is no PKCS#11 URI of a KEK (RFC 7512): {why}. Write pkcs11:token=TOKEN;object=LABEL?module-path=/usr/lib/MODULE.so, with type=private for an RSA key pair.");
}
