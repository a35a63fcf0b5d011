using ColumnCrypt.Store;

namespace ColumnCrypt.Store.Tests.Hosts;

/// <summary>Every call of an <see cref="IKeyStore"/> but the creation of tables, for tests of what holds for all.</summary>
public static class Calls
{
    public static IReadOnlyList<Func<CancellationToken, Task>> Of(IKeyStore store) =>
    [
        store.ReadGenerationAsync,
        token => store.ReadTenantAsync("clinic-a", token),
        token => store.FindTenantAsync(default, token),
        token => store.ReadChangedTenantsAsync(0, token),
        token => store.TryInsertKeyAsync(Rows.NewKey("clinic-b"), token),
        token => store.TryChangeAsync(static generation => new KeyChange(Rows.Next(Rows.Tenant("clinic-a"), generation), []), token),
        token => store.ReserveUsesAsync(default, 1, token),
        store.ReadKeksAsync,
        token => store.ReadColumnsAsync("clinic", token),
        token => store.TryWriteColumnsAsync([Rows.Column("name")], null, token),
        token => store.Audit.ChainAsync(static (head, _) => [Rows.Entry(head)], token),
        token => store.Audit.AddAsync(Rows.Entry(), token),
        token => store.Audit.ReadAsync(0, 10, token),
        token => store.Audit.ReadUnchainedAsync("", 10, token),
        token => store.Jobs.TryAddAsync(Rows.Job(), static head => [Rows.Entry(head)], token),
        token => store.Jobs.TryAddAsync(Rows.Job(), null, token),
        token => store.Jobs.FindAsync("", token),
        token => store.Jobs.ReadAsync("", 10, token),
        token => store.Jobs.TryUpdateAsync(Rows.Job(), null, token),
        token => store.Jobs.ReportNodeAsync(Rows.Node(Rows.Time), token),
        token => store.Jobs.ReadNodesAsync(Rows.Time, token),
        token => store.Jobs.RemoveNodesAsync(Rows.Time, token),
        token => store.Inventory.ReadTenantsAsync("", 10, token),
        token => store.Inventory.ReadDueTenantsAsync(Rows.Time, 10, token),
        token => store.Inventory.ReadKeysAsync(null, null, 10, token),
        token => store.Inventory.ReadKeysOfAsync("", token),
        store.Inventory.CountAsync,
        token => store.Inventory.CountDependentsAsync("test:kek", token),
        token => store.Inventory.ChangeWrapsAsync([], static (_, head) => new BatchEnd(null, [Rows.Entry(head)]), token),
        token => store.Inventory.TryWriteKekAsync(Rows.Kek(), null, token),
        token => store.Inventory.RestoreAsync(new StoreRows([Rows.Tenant("clinic-b")], [], [], [], []), token),
        store.Inventory.ReadManifestAsync,
        token => store.Inventory.RaiseGenerationAsync(7, token),
    ];
}
