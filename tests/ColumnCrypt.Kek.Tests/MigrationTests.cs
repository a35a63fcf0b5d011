using System.Security.Cryptography;
using ColumnCrypt.Configuration;
using ColumnCrypt.Kek.Tests.AwsKms;
using ColumnCrypt.Kek.Tests.Kmip;
using ColumnCrypt.Kek.Tests.Pkcs11;
using ColumnCrypt.Kek.Tests.Vault;
using ColumnCrypt.Rewrap;
using ColumnCrypt.Store;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.Kek.Tests;

/// <summary>Keys are moved from each backend to each other one by rewraps alone: what was encrypted before is read after, byte for byte the same.</summary>
public sealed class MigrationTests : IDisposable
{
    private const string Secret = "the passphrase of a test";
    private const string Purpose = "patient.name";
    private static readonly string[] s_tenants = ["northgate", "hillcrest", "riverside"];

    // Goes from each to each other once.
    private static readonly string[] s_way =
    [
        "file", "aws", "file", "token", "file", "x509", "file", "vault", "file", "kmip", "aws", "token", "aws", "x509", "aws", "vault",
        "aws", "kmip", "token", "x509", "token", "vault", "token", "kmip", "x509", "vault", "x509", "kmip", "vault", "kmip", "file",
    ];

    private readonly TempFolder _folder = new();
    private readonly VaultServer _vault = new();
    private readonly InMemoryKeyStore _store = new(TimeProvider.System);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _vault.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Rewrap_FromEachBackendToEachOther_LosesNothing()
    {
        var uris = await CreateAsync();
        string commitment;
        var values = new Dictionary<string, byte[]>();
        using (var first = Open(cc => Use(cc, uris["file"])))
        {
            commitment = (await first.Keys.InitAsync(cancellationToken: Token)).Commitment;
            foreach (string tenant in s_tenants)
            {
                using var cipher = await first.GetCipherAsync<string>(tenant, Purpose, 1, cancellationToken: Token);
                values.Add(tenant, cipher.Encrypt($"a value of {tenant}")!);
            }
        }

        byte[] before = SHA256.HashData([.. values.Values.SelectMany(static value => value)]);
        foreach (var (from, to) in s_way.Zip(s_way.Skip(1), (from, to) => (uris[from], uris[to])))
        {
            using (var operators = Open(cc => Use(cc, to).AllowKek(from, static o => o.Passphrase = Secret).PinInstallation(commitment)))
            {
                var added = await operators.Keys.RewrapAsync(new RewrapOptions(to), cancellationToken: Token);
                Assert.Empty(added.Failures);
                var dropped = await operators.Keys.RewrapAsync(new RewrapOptions(to) { From = from, Phase = RewrapPhase.Drop, Force = true }, cancellationToken: Token);
                Assert.Empty(dropped.Failures);
            }

            using var fresh = Open(cc => Use(cc, to).PinInstallation(commitment));
            foreach (string tenant in s_tenants)
            {
                using var cipher = await fresh.GetCipherAsync<string>(tenant, Purpose, cancellationToken: Token);
                Assert.Equal($"a value of {tenant}", cipher.Decrypt(values[tenant]));
            }
        }

        Assert.Equal(before, SHA256.HashData([.. values.Values.SelectMany(static value => value)]));
    }

    private static ColumnCryptBuilder Use(ColumnCryptBuilder builder, string uri) => builder.UseKek(uri, static o => o.Passphrase = Secret);

    private ColumnCryptInstance Open(Action<ColumnCryptBuilder> configure) => ColumnCryptInstance.Create(cc =>
    {
        cc.AddAwsKms(MotoServer.Shared.Configure).AddKmip(KmipServer.Shared.Configure).AddPkcs11(static token => token.Pin = SoftHsm.Pin).AddVault(_vault.Configure).UseKeyStore(() => _store);
        configure(cc);
    });

    private async Task<Dictionary<string, string>> CreateAsync()
    {
        FileKek.Create(_folder.File("kek.json"), Secret, new FileKekOptions { Iterations = 100_000 });
        using var certificate = RsaCertificates.Create();
        certificate.WritePem(_folder.File("kek.pem"), Secret);
        SoftHsm.Shared.Admin.CreateAes("migration");
        return new Dictionary<string, string>
        {
            ["file"] = "file:" + _folder.File("kek.json"),
            ["x509"] = "x509:" + _folder.File("kek.pem"),
            ["aws"] = $"aws-kms:{(await MotoServer.Shared.CreateKeyAsync()).Arn}",
            ["token"] = SoftHsm.Uri("migration"),
            ["vault"] = $"vault:transit/{await _vault.CreateKeyAsync()}",
            ["kmip"] = (await KmipServer.Shared.CreateAsync()).Kek.Id,
        };
    }
}
