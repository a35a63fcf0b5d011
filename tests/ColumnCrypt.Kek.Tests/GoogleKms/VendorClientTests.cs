using System.Text.Json.Nodes;
using ColumnCrypt.Format;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Kek.Tests.GoogleKms;

/// <summary>The vendor's own client works against the double, and opens what the KEK wrapped; the KEK opens what the client encrypted. SPEC-WRAP-12</summary>
public sealed class VendorClientTests
{
    private static readonly NpmClient s_client = new("GoogleKms/client");
    private static readonly WrapContext s_context = new(new KeyId(new byte[16]), "acme", new KeyId(Enumerable.Repeat((byte)7, 16).ToArray()), KeyKind.Data);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task VendorClient_MakesKeysEncryptsAndDecrypts_AsTheKekDoes()
    {
        using var kms = new GoogleDouble();
        Task<JsonObject> RunAsync(string verb, JsonObject request)
        {
            request["verb"] = verb;
            request["port"] = kms.Server.Port;
            request["aad"] = Base64(s_context.Encode());
            return s_client.RunAsync(request);
        }

        byte[] key = [.. Enumerable.Range(1, 32).Select(static i => (byte)i)];
        var made = await RunAsync("make", new JsonObject { ["location"] = "projects/clinic/locations/global", ["ring"] = "ring", ["key"] = "kek", ["plaintext"] = Base64(key) });
        string name = (string)made["name"]!;
        Assert.Equal("projects/clinic/locations/global/keyRings/ring/cryptoKeys/kek", name);
        Assert.Equal(("ENCRYPT_DECRYPT", "ENABLED", name + "/cryptoKeyVersions/1"), ((string)made["purpose"]!, (string)made["state"]!, (string)made["version"]!));
        Assert.True((bool)made["verified"]! && (bool)made["whole"]!);

        // What the vendor's client encrypted.
        var kek = kms.Open(name);
        Assert.Equal(key, await UnwrapAsync(kek, new WrappedKey("1", Bytes(made["ciphertext"]))));
        Assert.Contains(new("rotation", "every 90 days, next on 2030-03-17"), await kek.DescribeAsync(Token));

        // What the KEK wraps.
        var wrapped = await kek.WrapAsync(key, s_context, Token);
        Assert.Equal("1", wrapped.KekVersion);
        var opened = await RunAsync("open", new JsonObject { ["name"] = name, ["ciphertext"] = Base64(wrapped.Bytes.ToArray()) });
        Assert.Equal(key, Bytes(opened["plaintext"]));
        Assert.True((bool)opened["whole"]!);

        var ended = await RunAsync("end", new JsonObject { ["name"] = name, ["ciphertext"] = Base64(wrapped.Bytes.ToArray()) });
        Assert.Equal(("DISABLED", "DESTROY_SCHEDULED"), ((string)ended["state"]!, (string)ended["then"]!));
        Assert.Equal(400, (int)ended["code"]!);
        var error = await Assert.ThrowsAsync<KekException>(() => UnwrapAsync(kek, wrapped));
        Assert.Equal(KekFailure.Disabled, error.Failure);
        Assert.Contains("can be restored", error.Message, StringComparison.Ordinal);
    }

    private static async Task<byte[]> UnwrapAsync(IKeyEncryptionKey kek, WrappedKey wrapped)
    {
        byte[] destination = new byte[64];
        return destination[..await kek.UnwrapAsync(wrapped, s_context, destination, Token)];
    }

    private static string Base64(byte[] bytes) => Convert.ToBase64String(bytes);

    private static byte[] Bytes(JsonNode? text) => Convert.FromBase64String((string)text!);
}
