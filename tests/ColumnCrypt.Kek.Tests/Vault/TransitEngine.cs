using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace ColumnCrypt.Kek.Tests.Vault;

/// <summary>The transit engine of <see cref="TransitDouble"/>: its errors, word by word, are those of Vault 1.5.</summary>
internal sealed class TransitEngine(TimeProvider time)
{
    private const string MissingContext =
        "missing 'context' for key derivation; the key was created using a derived key, which means additional, per-request information must be included in order to perform operations with the key";

    public SortedDictionary<string, TransitKey> Keys { get; } = new(StringComparer.Ordinal);

    private long Now => time.GetUtcNow().ToUnixTimeSeconds();

    /// <summary>Answers what stands behind the mount; null for 204.</summary>
    public JsonObject? Answer(string method, string path, JsonObject body)
    {
        switch (path.Split('/'))
        {
            case ["keys"] when method == "LIST":
                return new JsonObject { ["keys"] = new JsonArray([.. Keys.Keys.Select(static name => JsonValue.Create(name))]) };
            case ["keys", var name] when method == "GET":
                return Describe(Keys.GetValueOrDefault(name) ?? throw new VaultFaultException(404));
            case ["keys", var name] when method == "DELETE":
                Delete(name);
                return null;
            case ["keys", var name]:
                Make(name, Text(body, "type") ?? "aes256-gcm96", IsTrue(body, "derived"), IsTrue(body, "convergent_encryption"), IsTrue(body, "exportable"));
                return null;
            case ["keys", var name, "rotate"]:
                Found(name).Rotate(Now);
                return null;
            case ["keys", var name, "config"]:
                Configure(Found(name), body);
                return null;
            case ["keys", var name, "trim"]:
                Trim(Found(name), Number(body, "min_available_version") ?? 0);
                return null;
            case ["encrypt", var name]:
                var key = ToEncrypt(name, body);
                return Each(body, item => Encrypt(key, item));
            case ["decrypt", var name]:
                return Each(body, item => new JsonObject { ["plaintext"] = Convert.ToBase64String(Decrypt(Found(name), item)) });
            case ["rewrap", var name]:
                return Each(body, item => Sealed(Found(name), Found(name).Latest, Decrypt(Found(name), item), Context(Found(name), item)));
            case ["datakey", var kind, var name]:
                return DataKey(Found(name), kind, body);
            case ["export", _, var name]:
                throw new VaultFaultException(400, Found(name).Exportable ? "the double exports nothing" : "key is not exportable");
            default:
                throw new VaultFaultException(404, "no handler for route");
        }
    }

    // A batch with items that failed is a success all the same.
    private static JsonObject Each(JsonObject body, Func<JsonObject, JsonObject> call)
    {
        if (body["batch_input"] is not JsonArray items)
        {
            return call(body);
        }

        var results = new JsonArray();
        foreach (var item in items)
        {
            try
            {
                results.Add(call(item!.AsObject()));
            }
            catch (VaultFaultException fault)
            {
                results.Add(new JsonObject { ["error"] = fault.Errors[0] });
            }
        }

        return new JsonObject { ["batch_results"] = results };
    }

    private TransitKey Found(string name) => Keys.GetValueOrDefault(name) ?? throw new VaultFaultException(400, "encryption key not found");

    private TransitKey Make(string name, string type, bool derived, bool convergent, bool exportable)
    {
        if (type is not ("aes256-gcm96" or "rsa-2048"))
        {
            throw new VaultFaultException(400, $"unknown key type {type}");
        }

        if (!Keys.TryGetValue(name, out var key))
        {
            key = new TransitKey(name, type, derived, convergent) { Exportable = exportable };
            key.Rotate(Now);
            Keys.Add(name, key);
        }

        return key;
    }

    // Who encrypts with a key that is missing makes it, unless the type is one that does not encrypt.
    private TransitKey ToEncrypt(string name, JsonObject body)
    {
        if (Keys.TryGetValue(name, out var key))
        {
            return key;
        }

        var first = body["batch_input"] is JsonArray { Count: > 0 } items ? items[0]!.AsObject() : body;
        return Text(body, "type") is { } type && type.StartsWith("ecdsa-", StringComparison.Ordinal)
            ? throw new VaultFaultException(400, $"key type {type} not supported for this operation")
            : Make(name, Text(body, "type") ?? "aes256-gcm96", Text(first, "context") is not null, IsTrue(body, "convergent_encryption"), false);
    }

    private static JsonObject Encrypt(TransitKey key, JsonObject item)
    {
        byte[] plaintext = Bytes(Text(item, "plaintext") ?? throw new VaultFaultException(400, "missing plaintext to encrypt"));
        int version = Number(item, "key_version") is { } wanted and not 0 ? wanted : key.Latest;
        if (version < key.MinDecryption)
        {
            throw new VaultFaultException(500, "1 error occurred:\n\t* could not derive key, length too small\n\n");
        }

        return Sealed(key, version, plaintext, Context(key, item));
    }

    private static JsonObject Sealed(TransitKey key, int version, byte[] plaintext, byte[] context) => new()
    {
        ["ciphertext"] = string.Create(CultureInfo.InvariantCulture, $"vault:v{version}:{Convert.ToBase64String(key.Encrypt(version, plaintext, context))}"),
        ["key_version"] = version,
    };

    private static byte[] Decrypt(TransitKey key, JsonObject item)
    {
        string ciphertext = Text(item, "ciphertext") ?? throw new VaultFaultException(400, "missing ciphertext to decrypt");
        if (ciphertext.Split(':') is not ["vault", ['v', .. var digits], var encoded] || !int.TryParse(digits, CultureInfo.InvariantCulture, out int version))
        {
            throw new VaultFaultException(400, "invalid ciphertext: no prefix");
        }

        if (version > key.Latest)
        {
            throw new VaultFaultException(400, "invalid ciphertext: version is too new");
        }

        if (version < key.MinDecryption)
        {
            throw new VaultFaultException(400, "ciphertext or signature version is disallowed by policy (too old)");
        }

        byte[] context = Context(key, item);
        byte[] bytes = new byte[encoded.Length];
        if (!Convert.TryFromBase64String(encoded, bytes, out int size))
        {
            throw new VaultFaultException(400, "invalid ciphertext: could not decode base64");
        }

        try
        {
            return size < 28 ? throw new CryptographicException() : key.Decrypt(version, bytes[..size], context);
        }
        catch (CryptographicException)
        {
            throw new VaultFaultException(400, "invalid ciphertext: unable to decrypt");
        }
    }

    private static JsonObject DataKey(TransitKey key, string kind, JsonObject body)
    {
        int bits = Number(body, "bits") ?? 256;
        if (bits is not (128 or 256 or 512))
        {
            throw new VaultFaultException(400, "invalid bit length");
        }

        byte[] secret = RandomNumberGenerator.GetBytes(bits / 8);
        var answer = Sealed(key, key.Latest, secret, Context(key, body));
        if (kind == "plaintext")
        {
            answer["plaintext"] = Convert.ToBase64String(secret);
        }

        return answer;
    }

    private static JsonObject Describe(TransitKey key)
    {
        var description = new JsonObject
        {
            ["allow_plaintext_backup"] = false,
            ["deletion_allowed"] = key.DeletionAllowed,
            ["derived"] = key.Derived,
            ["exportable"] = key.Exportable,
            ["keys"] = new JsonObject([.. key.Versions.Where(version => version.Key >= key.MinDecryption).Select(static version =>
                KeyValuePair.Create(version.Key.ToString(CultureInfo.InvariantCulture), (JsonNode?)JsonValue.Create(version.Value.Made)))]),
            ["latest_version"] = key.Latest,
            ["min_available_version"] = key.MinAvailable,
            ["min_decryption_version"] = key.MinDecryption,
            ["min_encryption_version"] = key.MinEncryption,
            ["name"] = key.Name,
            ["supports_decryption"] = true,
            ["supports_derivation"] = !key.IsAsymmetric,
            ["supports_encryption"] = true,
            ["supports_signing"] = key.IsAsymmetric,
            ["type"] = key.Type,
        };
        if (key.Derived)
        {
            description["kdf"] = "hkdf_sha256";
            description["convergent_encryption"] = key.Convergent;
        }

        return description;
    }

    private static void Configure(TransitKey key, JsonObject body)
    {
        if (Number(body, "min_decryption_version") is { } decryption)
        {
            key.MinDecryption = decryption > key.Latest
                ? throw new VaultFaultException(400, $"cannot set min decryption version of {decryption}, latest key version is {key.Latest}")
                : decryption < key.MinAvailable ? throw new VaultFaultException(400, "min decryption version should not be less then min available version")
                : decryption;
        }

        key.MinEncryption = Number(body, "min_encryption_version") ?? key.MinEncryption;
        key.DeletionAllowed = body.ContainsKey("deletion_allowed") ? IsTrue(body, "deletion_allowed") : key.DeletionAllowed;
    }

    private static void Trim(TransitKey key, int version)
    {
        if (key.MinEncryption == 0)
        {
            throw new VaultFaultException(400, "minimum available version cannot be set when minimum encryption version is not set");
        }

        key.MinAvailable = version;
        foreach (int old in key.Versions.Keys.Where(old => old < version).ToList())
        {
            key.Versions.Remove(old);
        }
    }

    private void Delete(string name)
    {
        if (!Found(name).DeletionAllowed)
        {
            throw new VaultFaultException(400, $"error deleting policy {name}: deletion is not allowed for this key");
        }

        Keys.Remove(name);
    }

    private static byte[] Context(TransitKey key, JsonObject item)
    {
        string? context = Text(item, "context");
        return context is { Length: > 0 } ? Bytes(context) : key.Derived ? throw new VaultFaultException(400, MissingContext) : [];
    }

    private static byte[] Bytes(string text)
    {
        int illegal = text.AsSpan().IndexOfAnyExcept("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=");
        return illegal < 0 ? Convert.FromBase64String(text) : throw new VaultFaultException(400, $"illegal base64 data at input byte {illegal}");
    }

    private static string? Text(JsonObject body, string name) => body[name] is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    private static int? Number(JsonObject body, string name) => body[name] is JsonValue value && value.TryGetValue(out int number) ? number : null;

    private static bool IsTrue(JsonObject body, string name) => body[name] is JsonValue value && value.TryGetValue(out bool truth) && truth;
}
