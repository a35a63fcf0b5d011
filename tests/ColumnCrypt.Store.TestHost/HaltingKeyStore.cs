using ColumnCrypt.Format;
using ColumnCrypt.Metadata;
using ColumnCrypt.Store;

namespace ColumnCrypt.Store.TestHost;

/// <summary>A key store that calls back around the insertion of a tenant's key.</summary>
/// <param name="store">The store.</param>
/// <param name="wrapped">Called when a tenant's key is about to be written.</param>
/// <param name="committed">Called when a tenant's key was written.</param>
internal sealed class HaltingKeyStore(IKeyStore store, Func<Task> wrapped, Func<Task> committed) : IKeyStore
{
    public IAuditStore Audit => store.Audit;

    public IJobStore Jobs => store.Jobs;

    public IKeyInventory Inventory => store.Inventory;

    public bool CreatesTables => store.CreatesTables;

    public Task CreateTablesAsync(CancellationToken cancellationToken) => store.CreateTablesAsync(cancellationToken);

    public Task<long> ReadGenerationAsync(CancellationToken cancellationToken) => store.ReadGenerationAsync(cancellationToken);

    public Task<TenantKeys> ReadTenantAsync(string tenant, CancellationToken cancellationToken) => store.ReadTenantAsync(tenant, cancellationToken);

    public Task<string?> FindTenantAsync(KeyId keyId, CancellationToken cancellationToken) => store.FindTenantAsync(keyId, cancellationToken);

    public Task<IReadOnlyList<string>> ReadChangedTenantsAsync(long generation, CancellationToken cancellationToken) =>
        store.ReadChangedTenantsAsync(generation, cancellationToken);

    public async Task<bool> TryInsertKeyAsync(NewKey key, CancellationToken cancellationToken)
    {
        if (key.Key.Kind != KeyKind.Data)
        {
            return await store.TryInsertKeyAsync(key, cancellationToken);
        }

        await wrapped();
        var inserted = await store.TryInsertKeyAsync(key, cancellationToken);
        await committed();
        return inserted;
    }

    public Task<bool> TryChangeAsync(Func<long, KeyChange> makeChange, CancellationToken cancellationToken) => store.TryChangeAsync(makeChange, cancellationToken);

    public Task<long?> ReserveUsesAsync(KeyId keyId, long uses, CancellationToken cancellationToken) => store.ReserveUsesAsync(keyId, uses, cancellationToken);

    public Task<IReadOnlyList<KekRecord>> ReadKeksAsync(CancellationToken cancellationToken) => store.ReadKeksAsync(cancellationToken);

    public Task<IReadOnlyList<ColumnRecord>> ReadColumnsAsync(string database, CancellationToken cancellationToken) => store.ReadColumnsAsync(database, cancellationToken);

    public Task UpgradeTablesAsync(CancellationToken cancellationToken) => store.UpgradeTablesAsync(cancellationToken);

    public Task<bool> TryWriteColumnsAsync(IReadOnlyList<ColumnRecord> columns, ChainEntries? chain, CancellationToken cancellationToken) => store.TryWriteColumnsAsync(columns, chain, cancellationToken);
}
