using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace ColumnCrypt.Kek.Tests.AzureKeyVault;

/// <summary>One version of a key of a <see cref="VaultDouble"/>.</summary>
internal sealed class VaultKeyVersion
{
    private readonly string _type;
    private readonly RSA? _rsa;
    private readonly byte[] _aes = [];

    public VaultKeyVersion(string type, int bits)
    {
        _type = type;
        if (type.StartsWith("RSA", StringComparison.Ordinal))
        {
            _rsa = RSA.Create(bits);
        }
        else
        {
            _aes = RandomNumberGenerator.GetBytes(bits / 8);
        }
    }

    public string Version { get; } = Guid.NewGuid().ToString("N");

    public string Type => _type;

    public bool IsEnabled { get; set; } = true;

    public long? NotBefore { get; set; }

    public long? Expires { get; set; }

    public string Recovery { get; init; } = "Recoverable+Purgeable";

    public JsonObject Attributes
    {
        get
        {
            var attributes = new JsonObject { ["enabled"] = IsEnabled, ["created"] = 1_700_000_000, ["updated"] = 1_700_000_000, ["recoveryLevel"] = Recovery, ["recoverableDays"] = 90 };
            if (NotBefore is { } from)
            {
                attributes["nbf"] = from;
            }

            if (Expires is { } until)
            {
                attributes["exp"] = until;
            }

            return attributes;
        }
    }

    public JsonObject Describe(string identifier)
    {
        var key = new JsonObject { ["kid"] = identifier, ["kty"] = _type, ["key_ops"] = new JsonArray("encrypt", "decrypt", "wrapKey", "unwrapKey") };
        if (_rsa?.ExportParameters(false) is { } parameters)
        {
            key["n"] = Base64Url.EncodeToString(parameters.Modulus);
            key["e"] = Base64Url.EncodeToString(parameters.Exponent);
        }

        return new JsonObject { ["key"] = key, ["attributes"] = Attributes };
    }

    /// <summary>Null where the operation is none of this key's; an empty object where it refuses what it was given.</summary>
    public JsonObject? Operate(string operation, string algorithm, Func<string, byte[]?> member)
    {
        try
        {
            return (operation, algorithm) switch
            {
                ("wrapkey" or "encrypt", "RSA-OAEP-256") when _rsa is not null => Value(_rsa.Encrypt(member("value")!, RSAEncryptionPadding.OaepSHA256)),
                ("unwrapkey" or "decrypt", "RSA-OAEP-256") when _rsa is not null => Value(_rsa.Decrypt(member("value")!, RSAEncryptionPadding.OaepSHA256)),
                ("encrypt", "A256GCM") when _aes.Length == 32 && member("iv") is null => Encrypt(member("value")!, member("aad")),
                ("decrypt", "A256GCM") when _aes.Length == 32 => Decrypt(member("value")!, member("iv")!, member("tag")!, member("aad")),
                _ => null,
            };
        }
        catch (CryptographicException)
        {
            return [];
        }
    }

    private JsonObject Encrypt(byte[] plaintext, byte[]? aad)
    {
        byte[] iv = RandomNumberGenerator.GetBytes(12);
        byte[] ciphertext = new byte[plaintext.Length];
        byte[] tag = new byte[16];
        using var gcm = new AesGcm(_aes, tag.Length);
        gcm.Encrypt(iv, plaintext, ciphertext, tag, aad);
        var answer = Value(ciphertext);
        answer["iv"] = Base64Url.EncodeToString(iv);
        answer["tag"] = Base64Url.EncodeToString(tag);
        if (aad is not null)
        {
            answer["aad"] = Base64Url.EncodeToString(aad);
        }

        return answer;
    }

    private JsonObject Decrypt(byte[] ciphertext, byte[] iv, byte[] tag, byte[]? aad)
    {
        byte[] plaintext = new byte[ciphertext.Length];
        using var gcm = new AesGcm(_aes, 16);
        gcm.Decrypt(iv, ciphertext, tag, plaintext, aad);
        return Value(plaintext);
    }

    private static JsonObject Value(byte[] value) => new() { ["value"] = Base64Url.EncodeToString(value) };
}
