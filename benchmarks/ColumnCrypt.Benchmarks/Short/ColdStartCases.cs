using ColumnCrypt.Configuration;
using ColumnCrypt.Format;
using ColumnCrypt.Sqlite;
using ColumnCrypt.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.Benchmarks.Short;

/// <summary>What a node asks for when it meets a tenant for the first time, counted at the key store and at the KEK.</summary>
public static class ColdStartCases
{
    private const string Tenant = "cold";

    public static async IAsyncEnumerable<Measurement> RunAsync()
    {
        using var folder = new TempFolder();
        var kek = new SwitchableKek();
        string connectionString = $"Data Source={folder.File("keys.db")};Pooling=False";
        await using (var first = Open(new MeddlingKeyStore(SqliteKeyStore.Open(connectionString)), kek))
        {
            await EncryptAsync(first, Tenant);
            await EncryptAsync(first, "another");
            await first.Keys.RotateAsync(Tenant);
        }

        var store = new MeddlingKeyStore(SqliteKeyStore.Open(connectionString));
        await using var second = Open(store, kek);
        (await second.AcquireRingAsync("another", uses: 0, CancellationToken.None)).Dispose();

        var before = (store.TenantReads, store.Reservations, kek.Unwraps);
        (await second.AcquireRingAsync(Tenant, uses: 0, CancellationToken.None)).Dispose();
        yield return new("cold start of a tenant: queries", store.TenantReads - before.TenantReads, 1, "", IsExact: true);
        yield return new("cold start of a tenant with two DEKs: KEK calls", kek.Unwraps - before.Unwraps, 2, "", IsExact: true);
        await EncryptAsync(second, Tenant);
        yield return new("first write after it: UPDATEs", store.Reservations - before.Reservations, 1, "", IsExact: true);
        yield return new("first write after it: further queries", store.TenantReads - before.TenantReads - 1, 0, "", IsExact: true);
    }

    private static ColumnCryptInstance Open(MeddlingKeyStore store, SwitchableKek kek) =>
        ColumnCryptInstance.Create(cc => cc.AddKekProvider(kek).UseKek(kek.Id).UseKeyStore(() => store));

    private static async Task EncryptAsync(ColumnCryptInstance keys, string tenant)
    {
        using var lease = await keys.AcquireRingAsync(tenant, uses: 1, CancellationToken.None);
        lease.Encrypt("bench.value", "x", ValueCodecs.For<string>());
    }
}
