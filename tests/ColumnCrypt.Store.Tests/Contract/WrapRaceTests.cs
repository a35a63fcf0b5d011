using ColumnCrypt.Format;
using ColumnCrypt.Metadata;
using ColumnCrypt.Store.Tests.Hosts;
using Xunit;

namespace ColumnCrypt.Store.Tests.Contract;

// KEYS.md: rewrap is ordered against shredding; a wrap written beside one never outlives it
public sealed class WrapRaceTests
{
    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task ChangeWraps_BesideAShred_LeavesNoWrapOfTheDestroyedKey(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var (worker, shredder) = (await host.OpenCreatedAsync(), host.Open());
        for (var round = 0; round < 40; round++)
        {
            var row = Rows.NewKey($"clinic-{round}");
            Assert.True(await worker.TryInsertKeyAsync(row, CancellationToken.None));
            WrapChange change = new(row.Key.KeyId, row.Key.Tenant, 1, [Rows.Wrap(row.Key.KeyId, "test:new")], round % 2 == 0 ? [] : [new("test:kek", "")]);

            var rewrapping = Task.Run(() => worker.Inventory.ChangeWrapsAsync([change], static (_, head) => new BatchEnd(null, [Rows.Entry(head)]), CancellationToken.None));
            var shredding = Task.Run(() => shredder.TryChangeAsync(
                generation => new KeyChange(
                    Rows.Next(row.Tenant! with { State = TenantState.Shredded }, generation), [Rows.Next(row.Key, KeyState.Destroyed)], DropWraps: true, Chain: static head => [Rows.Entry(head)]),
                CancellationToken.None));

            Assert.True(await shredding);
            var applied = await rewrapping;
            var key = Assert.Single(await worker.Inventory.ReadKeysOfAsync(row.Key.Tenant, CancellationToken.None));
            Assert.Equal(KeyState.Destroyed, key.Key.State);
            Assert.Equal(applied!.Count, key.Wraps.Count - 1);
            Assert.All(key.Wraps, static wrap => Assert.Null(wrap.Wrapped));
        }

        var chain = await worker.Audit.ReadAsync(0, 1_000, CancellationToken.None);
        Assert.Equal(Enumerable.Range(1, 80).Select(static number => (long?)number), chain.Select(static entry => entry.Sequence));
    }

    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task ChangeWraps_ThatEachDropAnotherWrapAtOnce_LeaveOne(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        IKeyStore[] workers = [await host.OpenCreatedAsync(), host.Open()];
        for (var round = 0; round < 20; round++)
        {
            var row = Rows.NewKey($"clinic-{round}");
            row = row with { Wraps = [.. row.Wraps, Rows.Wrap(row.Key.KeyId, "test:escrow")] };
            Assert.True(await workers[0].TryInsertKeyAsync(row, CancellationToken.None));

            var applied = await Task.WhenAll(row.Wraps.Zip(workers, (wrap, worker) => Task.Run(() => worker.Inventory.ChangeWrapsAsync(
                [new(row.Key.KeyId, row.Key.Tenant, 1, [], [new WrapName(wrap.KekId, wrap.KekVersion)])], static (_, _) => new BatchEnd(null, []), CancellationToken.None))));

            Assert.Equal([0, 1], applied.Select(static keys => keys!.Count).Order());
            Assert.Single((await workers[0].ReadTenantAsync(row.Key.Tenant, CancellationToken.None)).Wraps);
        }
    }

    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task ChangeWraps_BesideFirstKeysAndRotations_FailsNone(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var (worker, node) = (await host.OpenCreatedAsync(), host.Open());
        List<NewKey> rows = [.. Enumerable.Range(0, 50).Select(static tenant => Rows.NewKey($"clinic-{tenant}"))];
        foreach (var row in rows)
        {
            Assert.True(await worker.TryInsertKeyAsync(row, CancellationToken.None));
        }

        var rewrapping = Task.Run(async () =>
        {
            HashSet<KeyId> done = [];
            for (var round = 0; round < 5; round++)
            {
                done.UnionWith((await worker.Inventory.ChangeWrapsAsync(
                    [.. rows.Select(row => new WrapChange(row.Key.KeyId, row.Key.Tenant, 1, [Rows.Wrap(row.Key.KeyId, $"test:{round}")], []))],
                    static (_, head) => new BatchEnd(null, [Rows.Entry(head)]),
                    CancellationToken.None))!);
            }

            return done;
        });
        foreach (var row in rows)
        {
            Assert.True(await node.TryInsertKeyAsync(Rows.NewKey(row.Key.Tenant, 2, KeyState.PreActive), CancellationToken.None));
            Assert.Equal(1, await node.ReserveUsesAsync(row.Key.KeyId, 1, CancellationToken.None));
            Assert.True(await node.TryChangeAsync(generation => new KeyChange(Rows.Next(row.Tenant!, generation), [Rows.Next(row.Key, KeyState.Deactivated)]), CancellationToken.None));
        }

        var applied = await rewrapping;
        Assert.All(
            await worker.Inventory.ReadKeysAsync(null, null, 1_000, CancellationToken.None),
            key => Assert.Equal(applied.Contains(key.Key.KeyId), key.Wraps.Count > 1));
    }
}
