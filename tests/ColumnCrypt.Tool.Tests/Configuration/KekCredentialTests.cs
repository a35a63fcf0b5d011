using ColumnCrypt.Tool.Tests.Support;

namespace ColumnCrypt.Tool.Tests.Configuration;

/// <summary>Credentials of tenants' own KEKs in the configuration file.</summary>
public sealed class KekCredentialTests
{
    public static TheoryData<string, string, string> Mistakes() => new()
    {
        { "vault:transit/acme", """{ "address": "https://v.example", "token": "x" }""", "token" },
        { "vault:transit/acme", """{ "roleId": "r", "secretIdFile": "a.txt" }""", "needs address" },
        { "vault:transit/acme", """{ "address": "v.example", "tokenFile": "a.txt" }""", "whole address" },
        { "aws-kms:alias/acme", """{ "accessKeyId": "A" }""", "secretKeyFile or secretKeyVariable" },
        { "aws-kms:alias/acme", """{ "accessKeyId": "A", "secretKeyVariable": "NOT_SET_ANYWHERE" }""", "NOT_SET_ANYWHERE" },
        { "aws-kms:alias/acme", """{ "accessKeyId": "A", "secretKeyFile": "a.txt", "secretKeyVariable": "PATH" }""", "exclude each other" },
        { "pkcs11:token=acme;object=kek", """{ "pinFile": "missing.txt" }""", "missing.txt" },
        { "gcp-kms:projects/p/locations/l/keyRings/r/cryptoKeys/k", """{ "accountFile": "a.txt" }""", "service account" },
        { "file:acme.json", """{ "pinFile": "a.txt" }""", "that takes one" },
        { "vault:transit/acme", "7", "must be an object" },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task Credential_WhenItIsWrong_IsRefusedWithoutItsSecrets(string uri, string credential, string told)
    {
        using var jo = new Operator();
        await jo.SetUpAsync("acme");
        Configure(jo, uri, credential);
        var run = await jo.RunAsync("tenants", "show", "acme");
        run.Failed(2, told);
        Assert.DoesNotContain(File.ReadAllText(jo.Folder.File("a.txt")).Trim(), run.Output + run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Credential_OfATenantsKek_ReachesThatKekAlone()
    {
        using var jo = new Operator();
        await jo.SetUpAsync("acme");

        // Nothing listens there. Without the credential it would be denied, and nobody asked.
        Configure(jo, "vault:transit/acme", """{ "address": "http://127.0.0.1:9", "tokenFile": "a.txt" }""");
        (await jo.RunAsync("tenants", "set-kek", "acme", "--own", "vault:transit/acme", "--reason", "contract 7")).Failed(1, "is unavailable");
        Assert.Null((string?)(await jo.RunAsync("tenants", "show", "acme", "--json")).IsDone().Json["ownKek"]);
    }

    private static void Configure(Operator jo, string uri, string credential) => jo.Configure(
        $$"""
        {
          "provider": "{{jo.Provider}}", "connection": "{{jo.Connection}}",
          "keks": [{ "uri": "{{jo.KekA}}", "passphraseFile": "a.txt" }], "tenantKeks": [{ "uri": "{{uri}}", "credential": {{credential}} }]
        }
        """);
}
