using ColumnCrypt.Format;
using ColumnCrypt.Keys;
using ColumnCrypt.Metadata;
using ColumnCrypt.Operators;
using ColumnCrypt.Store;
using System.Runtime.CompilerServices;

namespace ColumnCrypt.Lifecycle;

/// <summary>Reads what a store holds; every row is checked before it is shown. Thread-safe.</summary>
internal sealed class StoreReader(OperatorStore store, KeyBounds bounds)
{
    private const int PageSize = 1_000;

    public async Task<StoreStatus> StatusAsync(CancellationToken cancellationToken)
    {
        var installation = await store.InstallationAsync(cancellationToken).ConfigureAwait(false);
        var counts = await store.Store.Inventory.CountAsync(cancellationToken).ConfigureAwait(false);
        return new StoreStatus(installation.Id, counts, await LiveNodesAsync(installation, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>The nodes that have reported within twice the revocation bound. One whose row was edited counts, with no KEK to its name.</summary>
    public async Task<IReadOnlyList<NodeRecord>> LiveNodesAsync(Installation installation, CancellationToken cancellationToken)
    {
        var nodes = await store.Store.Jobs.ReadNodesAsync(store.Now - (2 * bounds.RevocationBound), cancellationToken).ConfigureAwait(false);
        return [.. nodes.Select(node => installation.Rows.IsValid(node) ? node : node with { Keks = "[]" })];
    }

    public async IAsyncEnumerable<TenantInfo> TenantsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var installation = await store.InstallationAsync(cancellationToken).ConfigureAwait(false);
        string after = "";
        IReadOnlyList<TenantRecord> page;
        do
        {
            page = await store.Store.Inventory.ReadTenantsAsync(after, PageSize, cancellationToken).ConfigureAwait(false);
            foreach (var row in page)
            {
                installation.Rows.Verify(row);
                yield return Describe(row);
            }

            after = page is [.., var last] ? last.Tenant : after;
        }
        while (page.Count == PageSize);
    }

    public async Task<TenantInfo?> FindTenantAsync(string tenant, CancellationToken cancellationToken)
    {
        var rows = await store.ReadTenantAsync(TenantId.From(tenant), cancellationToken).ConfigureAwait(false);
        return rows.Tenant is null ? null : Describe(rows.Tenant);
    }

    public async Task<KeyDetail?> FindKeyAsync(KeyId keyId, CancellationToken cancellationToken)
    {
        if (await store.Store.FindTenantAsync(keyId, cancellationToken).ConfigureAwait(false) is not { } tenant)
        {
            return null;
        }

        var installation = await store.InstallationAsync(cancellationToken).ConfigureAwait(false);
        var key = (await store.Store.Inventory.ReadKeysOfAsync(tenant, cancellationToken).ConfigureAwait(false)).First(key => key.Key.KeyId == keyId);
        installation.Rows.Verify(key.Key);
        return new KeyDetail(
            tenant,
            Describe(key.Key),
            [.. key.Wraps.Select(static wrap => new WrapInfo(wrap.KekId, wrap.KekVersion, wrap.Wrapped is null, wrap.ValidFrom, wrap.ValidTo, wrap.VerifiedAt))]);
    }

    public static TenantInfo Describe(TenantRecord row) =>
        new(row.Tenant, row.State, row.CreatedAt, row.Hold, row.ShredScheduledAt, row.ShredDueAt, row.ShreddedAt, row.KekPolicy);

    public static KeyInfo Describe(KeyRecord key) => new(key.KeyId, key.Kind, key.Version, key.State, key.CreatedAt, key.ReservedUses);
}
