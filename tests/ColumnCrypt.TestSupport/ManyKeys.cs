using ColumnCrypt.Configuration;
using ColumnCrypt.Format;
using ColumnCrypt.Store;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.TestSupport;

/// <summary>Fills a key store with many real keys, quickly: they are made in memory and put in page by page.</summary>
public static class ManyKeys
{
    /// <summary>Makes a tenant with one value for each number below <paramref name="count"/>, under the KEKs of <paramref name="configure"/>.</summary>
    /// <param name="target">The store: its tables exist, and hold nothing.</param>
    /// <param name="count">How many tenants.</param>
    /// <param name="configure">Names the KEK.</param>
    /// <returns>A value of each tenant, its plaintext being the tenant's id.</returns>
    public static async Task<IReadOnlyDictionary<string, byte[]>> FillAsync(IKeyStore target, int count, Action<ColumnCryptBuilder> configure)
    {
        var memory = new InMemoryKeyStore();
        using var instance = ColumnCryptInstance.Create(cc =>
        {
            cc.UseKeyStore(() => memory);
            configure(cc);
        });
        var values = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        for (int i = 0; i < count; i++)
        {
            string tenant = $"t{i:000000}";
            using var lease = await instance.AcquireRingAsync(tenant, 1, default);
            values[tenant] = lease.Encrypt("p", tenant, ValueCodecs.For<string>());
        }

        await CopyAsync(memory, target);
        return values;
    }

    /// <summary>Puts every row of one store into another that holds nothing.</summary>
    public static async Task CopyAsync(IKeyStore from, IKeyStore to)
    {
        const int page = 1_000;
        string tenant = "";
        var columns = await from.Inventory.ReadManifestAsync(default);
        await to.Inventory.RestoreAsync(new StoreRows([], [], await from.ReadKeksAsync(default), columns, []), default);
        while (await from.Inventory.ReadTenantsAsync(tenant, page, default) is { Count: > 0 } tenants)
        {
            await to.Inventory.RestoreAsync(new StoreRows(tenants, [], [], [], []), default);
            tenant = tenants[^1].Tenant;
        }

        KeyId? key = null;
        while (await from.Inventory.ReadKeysAsync(key, null, page, default) is { Count: > 0 } keys)
        {
            await to.Inventory.RestoreAsync(new StoreRows([], keys, [], [], []), default);
            key = keys[^1].Key.KeyId;
        }

        await to.Inventory.RaiseGenerationAsync(await from.ReadGenerationAsync(default), default);
    }
}
