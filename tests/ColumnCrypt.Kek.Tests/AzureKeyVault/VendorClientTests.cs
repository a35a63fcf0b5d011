using System.Text.Json.Nodes;
using ColumnCrypt.Format;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Kek.Tests.AzureKeyVault;

/// <summary>The vendor's own client works against the double, and opens what the KEK wrapped; the KEK opens what the client wrapped. SPEC-WRAP-11</summary>
public sealed class VendorClientTests
{
    private static readonly NpmClient s_client = new("AzureKeyVault/client");
    private static readonly WrapContext s_context = new(new KeyId(new byte[16]), "acme", new KeyId(Enumerable.Repeat((byte)7, 16).ToArray()), KeyKind.Data);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task VendorClient_MakesKeysWrapsAndOpens_AsTheKekDoes()
    {
        using var vault = new VaultDouble();
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder.File("authority.pem"), VaultDouble.AuthorityPem, Token);
        Task<JsonObject> RunAsync(string verb, JsonObject request)
        {
            request["verb"] = verb;
            request["name"] = "kek";
            request["vault"] = $"https://{VaultDouble.VaultHost}:{vault.Server.Port}";
            request["hsm"] = $"https://{VaultDouble.HsmHost}:{vault.Server.Port}";
            return s_client.RunAsync(request, ("NODE_EXTRA_CA_CERTS", folder.File("authority.pem")));
        }

        byte[] key = [.. Enumerable.Range(1, 32).Select(static i => (byte)i)];
        var made = await RunAsync("make", new JsonObject { ["inner"] = Base64([.. key, .. s_context.Digest()]), ["key"] = Base64(key), ["aad"] = Base64(s_context.Encode()) });
        Assert.True((bool)made["enabled"]!);
        Assert.Equal("Recoverable+Purgeable", (string)made["recovery"]!);

        // What the vendor's client wrapped.
        var rsa = vault.Open($"azure-kv:https://{VaultDouble.VaultHost}/keys/kek");
        var oct = vault.Open($"azure-kv:https://{VaultDouble.HsmHost}/keys/kek");
        Assert.Equal(key, await UnwrapAsync(rsa, new WrappedKey((string)made["rsa"]!, (byte[])[1, .. Bytes(made["wrap"])])));
        Assert.Equal(key, await UnwrapAsync(oct, new WrappedKey((string)made["oct"]!, (byte[])[2, .. Bytes(made["iv"]), .. Bytes(made["ciphertext"]), .. Bytes(made["tag"])])));

        // What the KEKs wrap.
        var wrapped = await rsa.WrapAsync(key, s_context, Token);
        var sealedKey = await oct.WrapAsync(key, s_context, Token);
        Assert.Equal((1, 385, 2, 61), (wrapped.Bytes.Span[0], wrapped.Bytes.Length, sealedKey.Bytes.Span[0], sealedKey.Bytes.Length));
        Assert.Equal(((string)made["rsa"]!, (string)made["oct"]!), (wrapped.KekVersion, sealedKey.KekVersion));
        var opened = await RunAsync("open", new JsonObject
        {
            ["wrap"] = Base64(wrapped.Bytes[1..].ToArray()),
            ["iv"] = Base64(sealedKey.Bytes[1..13].ToArray()),
            ["ciphertext"] = Base64(sealedKey.Bytes[13..^16].ToArray()),
            ["tag"] = Base64(sealedKey.Bytes[^16..].ToArray()),
            ["aad"] = Base64(s_context.Encode()),
        });
        Assert.Equal([.. key, .. s_context.Digest()], Bytes(opened["inner"]));
        Assert.Equal(key, Bytes(opened["key"]));

        var disabled = await RunAsync("disable", new JsonObject { ["wrap"] = Base64(wrapped.Bytes[1..].ToArray()) });
        Assert.False((bool)disabled["enabled"]!);
        Assert.Equal([(string)made["rsa"]!], disabled["versions"]!.AsArray().Select(static version => (string)version!));
        Assert.Equal(403, (int)disabled["status"]!);
        Assert.Equal(KekFailure.Disabled, (await Assert.ThrowsAsync<KekException>(() => UnwrapAsync(rsa, wrapped))).Failure);
    }

    private static async Task<byte[]> UnwrapAsync(IKeyEncryptionKey kek, WrappedKey wrapped)
    {
        byte[] destination = new byte[64];
        return destination[..await kek.UnwrapAsync(wrapped, s_context, destination, Token)];
    }

    private static string Base64(byte[] bytes) => Convert.ToBase64String(bytes);

    private static byte[] Bytes(JsonNode? text) => Convert.FromBase64String((string)text!);
}
