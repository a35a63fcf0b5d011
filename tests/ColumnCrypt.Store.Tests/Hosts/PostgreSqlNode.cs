using ColumnCrypt.Configuration;
using ColumnCrypt.Format;
using ColumnCrypt.Keys;
using ColumnCrypt.PostgreSql;
using ColumnCrypt.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.Store.Tests.Hosts;

/// <summary>A node over key tables in PostgreSQL, with the system's clock.</summary>
internal sealed class PostgreSqlNode : IDisposable
{
    /// <param name="connectionString">Where the key tables are; they are made where they are missing.</param>
    /// <param name="keks">The KEKs: the first that the store has not retired wraps.</param>
    /// <param name="bounds">Changes the bounds.</param>
    /// <param name="options">Changes the options of the store.</param>
    /// <param name="isHierarchical">Whether intermediate keys stand between the KEKs and tenants' keys.</param>
    public PostgreSqlNode(
        string connectionString, SwitchableKek[] keks, Action<KeyBounds>? bounds = null, Action<PostgreSqlKeyStoreOptions>? options = null, bool isHierarchical = false) =>
        Instance = ColumnCryptInstance.Create(cc =>
        {
            cc.AddKekProvider(new ChoosingProvider(keks)).UseLoggerFactory(Events).UsePostgreSqlKeyStore(connectionString, store =>
            {
                (store.CreateTables, store.Timeout) = (true, TimeSpan.FromSeconds(30));
                options?.Invoke(store);
            });
            foreach (var kek in keks)
            {
                cc.UseKek(isHierarchical ? "hierarchical:" + kek.Id : kek.Id);
            }

            bounds?.Invoke(cc.Bounds);
        });

    public ColumnCryptInstance Instance { get; }

    public EventList Events { get; } = new();

    public async Task<byte[]> EncryptAsync(string tenant, string text)
    {
        using var lease = await Instance.AcquireRingAsync(tenant, 1, CancellationToken.None);
        return lease.Encrypt("p", text, ValueCodecs.For<string>());
    }

    public async Task<string> DecryptAsync(string tenant, byte[] value)
    {
        using var lease = await Instance.AcquireRingAsync(tenant, 0, CancellationToken.None);
        return lease.Decrypt("p", value, ValueCodecs.For<string>());
    }

    /// <summary>True where the value can be read, false where its key must not be used, or is gone.</summary>
    public async Task<bool> ReadsAsync(string tenant, byte[] value)
    {
        try
        {
            await DecryptAsync(tenant, value);
            return true;
        }
        catch (Exception error) when (error is KeyUnavailableException or TenantShreddedException)
        {
            return false;
        }
    }

    public void Dispose() => Instance.Dispose();
}
