using ColumnCrypt.Format;
using ColumnCrypt.Metadata;
using ColumnCrypt.Store;

namespace ColumnCrypt.TestSupport;

/// <summary>The inventory of a <see cref="MeddlingKeyStore"/>.</summary>
internal sealed class MeddlingKeyInventory(Func<CancellationToken, Task<IKeyStore>> reached, Func<Func<IReadOnlyList<KeyWithWraps>, IReadOnlyList<KeyWithWraps>>> pages, Func<Func<IReadOnlyList<TenantRecord>, IReadOnlyList<TenantRecord>>> tenants) : IKeyInventory
{
    public async Task<IReadOnlyList<TenantRecord>> ReadTenantsAsync(string after, int limit, CancellationToken cancellationToken) =>
        after.Length > 0 ? [] : tenants()(await (await reached(cancellationToken)).Inventory.ReadTenantsAsync(after, limit, cancellationToken));

    public async Task<IReadOnlyList<TenantRecord>> ReadDueTenantsAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken) =>
        await (await reached(cancellationToken)).Inventory.ReadDueTenantsAsync(now, limit, cancellationToken);

    public async Task<IReadOnlyList<KeyWithWraps>> ReadKeysAsync(KeyId? after, KeyId? until, int limit, CancellationToken cancellationToken) =>
        pages()(await (await reached(cancellationToken)).Inventory.ReadKeysAsync(after, until, limit, cancellationToken));

    public async Task<IReadOnlyList<KeyWithWraps>> ReadKeysOfAsync(string tenant, CancellationToken cancellationToken) =>
        pages()(await (await reached(cancellationToken)).Inventory.ReadKeysOfAsync(tenant, cancellationToken));

    public async Task<StoreCounts> CountAsync(CancellationToken cancellationToken) =>
        await (await reached(cancellationToken)).Inventory.CountAsync(cancellationToken);

    public async Task<KekDependence> CountDependentsAsync(string kekId, CancellationToken cancellationToken) =>
        await (await reached(cancellationToken)).Inventory.CountDependentsAsync(kekId, cancellationToken);

    public async Task<IReadOnlySet<KeyId>?> ChangeWrapsAsync(IReadOnlyList<WrapChange> changes, Func<IReadOnlySet<KeyId>, AuditHead, BatchEnd> finish, CancellationToken cancellationToken) =>
        await (await reached(cancellationToken)).Inventory.ChangeWrapsAsync(changes, finish, cancellationToken);

    public async Task<bool> TryWriteKekAsync(KekRecord kek, ChainEntries? chain, CancellationToken cancellationToken) =>
        await (await reached(cancellationToken)).Inventory.TryWriteKekAsync(kek, chain, cancellationToken);

    public async Task RestoreAsync(StoreRows rows, CancellationToken cancellationToken) =>
        await (await reached(cancellationToken)).Inventory.RestoreAsync(rows, cancellationToken);

    public async Task<IReadOnlyList<ColumnRecord>> ReadManifestAsync(CancellationToken cancellationToken) =>
        await (await reached(cancellationToken)).Inventory.ReadManifestAsync(cancellationToken);

    public async Task RaiseGenerationAsync(long generation, CancellationToken cancellationToken) =>
        await (await reached(cancellationToken)).Inventory.RaiseGenerationAsync(generation, cancellationToken);
}
