using System.Security.Cryptography;
using ColumnCrypt.Configuration;
using ColumnCrypt.Rewrap;
using ColumnCrypt.Store;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.Kek.Tests;

/// <summary>Keys are moved from each backend to each other one by rewraps alone: what was encrypted before is read after, byte for byte the same.</summary>
public sealed class MigrationTests : IDisposable
{
    private const string Purpose = "patient.name";
    private static readonly string[] s_tenants = ["northgate", "hillcrest", "riverside"];

    // Goes from each to each other once.
    private static readonly string[] s_way =
    [
        "file", "aws", "file", "token", "file", "x509", "file", "vault", "file", "kmip", "aws", "token", "aws", "x509", "aws", "vault",
        "aws", "kmip", "token", "x509", "token", "vault", "token", "kmip", "x509", "vault", "x509", "kmip", "vault", "kmip", "file",
        "hierarchical", "vault", "hierarchical", "file",
    ];

    private readonly Backends _backends = new();
    private readonly InMemoryKeyStore _store = new(TimeProvider.System);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _backends.Dispose();

    [Fact]
    public async Task Rewrap_FromEachBackendToEachOther_LosesNothing()
    {
        var uris = new Dictionary<string, string>();
        foreach (string backend in s_way.Distinct())
        {
            uris.Add(backend, await _backends.CreateAsync(backend));
        }

        string commitment;
        var values = new Dictionary<string, byte[]>();
        using (var first = Open(cc => _backends.Use(cc, uris["file"])))
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
            using (var operators = Open(cc => _backends.Use(cc, to).AllowKek(from, _backends.Unseal).PinInstallation(commitment)))
            {
                var added = await operators.Keys.RewrapAsync(new RewrapOptions(to), cancellationToken: Token);
                Assert.Empty(added.Failures);
                var dropped = await operators.Keys.RewrapAsync(new RewrapOptions(to) { From = from, Phase = RewrapPhase.Drop, Force = true }, cancellationToken: Token);
                Assert.Empty(dropped.Failures);
            }

            using var fresh = Open(cc => _backends.Use(cc, to).PinInstallation(commitment));
            foreach (string tenant in s_tenants)
            {
                using var cipher = await fresh.GetCipherAsync<string>(tenant, Purpose, cancellationToken: Token);
                Assert.Equal($"a value of {tenant}", cipher.Decrypt(values[tenant]));
            }
        }

        Assert.Equal(before, SHA256.HashData([.. values.Values.SelectMany(static value => value)]));
    }

    private ColumnCryptInstance Open(Action<ColumnCryptBuilder> configure) => ColumnCryptInstance.Create(cc =>
    {
        _backends.Register(cc).UseKeyStore(() => _store);
        configure(cc);
    });
}
