using ColumnCrypt.Format;
using ColumnCrypt.Metadata;
using ColumnCrypt.Store.Tests.Hosts;
using Xunit;

namespace ColumnCrypt.Store.Tests.Contract;

public sealed class InventoryTests
{
    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task ReadKeys_InPages_GivesEachKeyOnceWithItsWraps(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var store = await host.OpenCreatedAsync();
        List<NewKey> rows = [.. Enumerable.Range(0, 30).Select(static index => Rows.NewKey($"clinic-{index}")), Rows.NewKey("")];
        foreach (var row in rows)
        {
            WrapRecord[] wraps = [.. row.Wraps, Rows.Wrap(row.Key.KeyId, "test:escrow"), Rows.Wrap(row.Key.KeyId, "test:kek", "2")];
            Assert.True(await store.TryInsertKeyAsync(row with { Wraps = wraps }, CancellationToken.None));
        }

        Assert.True(await store.TryChangeAsync(
            generation => new KeyChange(Rows.Next(rows[0].Tenant! with { State = TenantState.Shredded }, generation), [Rows.Next(rows[0].Key, KeyState.Destroyed)], DropWraps: true),
            CancellationToken.None));

        List<KeyWithWraps> all = [];
        IReadOnlyList<KeyWithWraps> page;
        do
        {
            page = await store.Inventory.ReadKeysAsync(all is [.., var last] ? last.Key.KeyId : null, null, 7, CancellationToken.None);
            all.AddRange(page);
        }
        while (page.Count > 0);

        Assert.Equal(rows.Select(static row => row.Key.KeyId.ToString()).Order(StringComparer.Ordinal), all.Select(static key => key.Key.KeyId.ToString()));
        Assert.All(all, static key => Assert.Equal([("test:escrow", ""), ("test:kek", ""), ("test:kek", "2")], key.Wraps.Select(static wrap => (wrap.KekId, wrap.KekVersion))));
        var destroyed = all.Single(key => key.Key.KeyId == rows[0].Key.KeyId);
        Assert.Equal((KeyState.Destroyed, TenantState.Shredded), (destroyed.Key.State, destroyed.Tenant!.State));
        Assert.All(destroyed.Wraps, static wrap => Assert.Null(wrap.Wrapped));
        Assert.Null(all.Single(static key => key.Key.Tenant.Length == 0).Tenant);
        Assert.Equal(all.Skip(3).Take(5).Select(static key => key.Key.KeyId), (await store.Inventory.ReadKeysAsync(all[2].Key.KeyId, all[7].Key.KeyId, 100, CancellationToken.None)).Select(static key => key.Key.KeyId));
        Assert.Empty(await store.Inventory.ReadKeysAsync(all[7].Key.KeyId, all[7].Key.KeyId, 100, CancellationToken.None));
        Assert.Empty(await store.Inventory.ReadKeysAsync(all[7].Key.KeyId, all[2].Key.KeyId, 100, CancellationToken.None));
        Assert.Equal(3, Assert.Single(await store.Inventory.ReadKeysOfAsync("clinic-0", CancellationToken.None)).Wraps.Count);
        Assert.Single(await store.Inventory.ReadKeysOfAsync("", CancellationToken.None));
        Assert.Empty(await store.Inventory.ReadKeysOfAsync("nobody", CancellationToken.None));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => store.Inventory.ReadKeysAsync(null, null, 0, CancellationToken.None));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => store.Inventory.ReadKeysAsync(null, null, 5_001, CancellationToken.None));
    }

    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task ReadTenants_InPages_IsOrderedByteByByte(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var store = await host.OpenCreatedAsync();
        string[] ids = ["B", "a", "z", "ä", "\ufffd", "\U0001F600"];
        foreach (var id in ids.Reverse())
        {
            Assert.True(await store.TryInsertKeyAsync(Rows.NewKey(id), CancellationToken.None));
        }

        Assert.Equal(ids[..4], (await store.Inventory.ReadTenantsAsync("", 4, CancellationToken.None)).Select(static row => row.Tenant));
        Assert.Equal(ids[4..], (await store.Inventory.ReadTenantsAsync("ä", 4, CancellationToken.None)).Select(static row => row.Tenant));
        Assert.Empty(await store.Inventory.ReadTenantsAsync("\U0001F600", 4, CancellationToken.None));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => store.Inventory.ReadTenantsAsync("", 5_001, CancellationToken.None));
    }

    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task ReadDueTenants_AtATime_GivesThoseDueAndNotHeldInOrder(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var store = await host.OpenCreatedAsync();
        async Task AddAsync(string tenant, TenantState state, DateTimeOffset? due, string? hold = null)
        {
            var row = Rows.NewKey(tenant);
            Assert.True(await store.TryInsertKeyAsync(row, CancellationToken.None));
            Assert.True(await store.TryChangeAsync(
                generation => new KeyChange(Rows.Next(row.Tenant! with { State = state, ShredDueAt = due, ShredScheduledAt = Rows.Time, Hold = hold }, generation), []), CancellationToken.None));
        }

        await AddAsync("later", TenantState.ShredScheduled, Rows.Time.AddDays(2));
        await AddAsync("second", TenantState.ShredScheduled, Rows.Time.AddHours(1));
        await AddAsync("first", TenantState.ShredScheduled, Rows.Time);
        await AddAsync("held", TenantState.ShredScheduled, Rows.Time, "case 7");
        await AddAsync("interrupted", TenantState.Shredded, Rows.Time.AddHours(2));
        await AddAsync("done", TenantState.Shredded, null);

        Assert.Equal(["first", "second", "interrupted"], (await store.Inventory.ReadDueTenantsAsync(Rows.Time.AddDays(1), 10, CancellationToken.None)).Select(static row => row.Tenant));
        Assert.Equal(["first"], (await store.Inventory.ReadDueTenantsAsync(Rows.Time.AddDays(1), 1, CancellationToken.None)).Select(static row => row.Tenant));
        Assert.Equal(["first"], (await store.Inventory.ReadDueTenantsAsync(Rows.Time, 10, CancellationToken.None)).Select(static row => row.Tenant));
        Assert.Empty(await store.Inventory.ReadDueTenantsAsync(Rows.Time.AddMilliseconds(-1), 10, CancellationToken.None));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => store.Inventory.ReadDueTenantsAsync(Rows.Time, 0, CancellationToken.None));
    }

    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task Count_OfTheWholeStore_CountsStatesAndDependents(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var store = await host.OpenCreatedAsync();
        Assert.Equal(new KekDependence(0, 0), await store.Inventory.CountDependentsAsync("test:kek", CancellationToken.None));
        var (one, two, gone) = (Rows.NewKey("clinic-a"), Rows.NewKey("clinic-b"), Rows.NewKey("clinic-c"));
        two = two with { Wraps = [.. two.Wraps, Rows.Wrap(two.Key.KeyId, "test:escrow")] };
        one = one with { Wraps = [.. one.Wraps, Rows.Wrap(one.Key.KeyId, "test:kek", "2")] };
        foreach (var row in new[] { one, two, gone, Rows.NewKey("clinic-a", 2, KeyState.PreActive), Rows.NewKey(Rows.Key("", 1, kind: KeyKind.Installation)) })
        {
            Assert.True(await store.TryInsertKeyAsync(row, CancellationToken.None));
        }

        Assert.True(await store.TryChangeAsync(
            generation => new KeyChange(Rows.Next(gone.Tenant! with { State = TenantState.Shredded }, generation), [Rows.Next(gone.Key, KeyState.Destroyed)], DropWraps: true), CancellationToken.None));

        var counts = await store.Inventory.CountAsync(CancellationToken.None);
        Assert.Equal(1, counts.Generation);
        Assert.Equal(new Dictionary<TenantState, long> { [TenantState.Active] = 2, [TenantState.Shredded] = 1 }, counts.Tenants);
        Assert.Equal(
            new Dictionary<(KeyKind Kind, KeyState State), long>
            {
                [(KeyKind.Data, KeyState.Active)] = 2, [(KeyKind.Data, KeyState.PreActive)] = 1, [(KeyKind.Data, KeyState.Destroyed)] = 1, [(KeyKind.Installation, KeyState.Active)] = 1,
            },
            counts.Keys);
        Assert.Equal(new Dictionary<string, long> { ["test:kek"] = 5, ["test:escrow"] = 1 }, counts.Wraps);
        Assert.Equal(new KekDependence(4, 3), await store.Inventory.CountDependentsAsync("test:kek", CancellationToken.None));
        Assert.Equal(new KekDependence(1, 0), await store.Inventory.CountDependentsAsync("test:escrow", CancellationToken.None));
    }

    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task TryWriteKek_InItsNextVersion_SucceedsOnce(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var store = await host.OpenCreatedAsync();
        var row = Rows.Kek();
        var retired = row with { State = KekState.Retired, RetiredAt = Rows.Time.AddDays(1), Priority = 7, RowVersion = 2 };

        Assert.True(await store.Inventory.TryWriteKekAsync(row, static head => [Rows.Entry(head)], CancellationToken.None));
        Assert.False(await store.Inventory.TryWriteKekAsync(row, static head => [Rows.Entry(head)], CancellationToken.None));
        var won = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => Task.Run(() => host.Open().Inventory.TryWriteKekAsync(retired, static head => [Rows.Entry(head)], CancellationToken.None))));

        Assert.Single(won, static result => result);
        Assert.False(await store.Inventory.TryWriteKekAsync(retired with { RowVersion = 4 }, null, CancellationToken.None));
        Assert.False(await store.Inventory.TryWriteKekAsync(Rows.Kek("test:none") with { RowVersion = 2 }, null, CancellationToken.None));
        await Assert.ThrowsAsync<ArgumentException>(() => store.Inventory.TryWriteKekAsync(retired with { RowVersion = 3 }, static _ => [Rows.Entry()], CancellationToken.None));
        RowAssert.Equal(retired, Assert.Single(await store.ReadKeksAsync(CancellationToken.None)));
        Assert.Equal(2, (await store.Audit.ReadAsync(0, 10, CancellationToken.None)).Count);
    }

    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task Restore_OfWhatAnotherStoreHolds_BringsEveryRowBack(string name)
    {
        await using var from = KeyStoreHosts.Create(name);
        await using var to = KeyStoreHosts.Create(name);
        var (source, target) = (await from.OpenCreatedAsync(), await to.OpenCreatedAsync());
        var (kept, gone) = (Rows.NewKey(Rows.Key("clinic-a") with { ReservedUses = 77 }), Rows.NewKey("clinic-b"));
        await source.TryInsertKeyAsync(kept with { Entry = Rows.Entry() }, CancellationToken.None);
        await source.TryInsertKeyAsync(gone, CancellationToken.None);
        await source.TryInsertKeyAsync(Rows.NewKey(Rows.Key("", kind: KeyKind.Installation)), CancellationToken.None);
        await source.TryChangeAsync(
            generation => new KeyChange(
                Rows.Next(gone.Tenant! with { State = TenantState.Shredded }, generation), [Rows.Next(gone.Key, KeyState.Destroyed)], DropWraps: true, Chain: static head => [Rows.Entry(head)]),
            CancellationToken.None);
        await source.TryWriteColumnsAsync([Rows.Column("name"), Rows.Column("name", "archive")], null, CancellationToken.None);
        var rows = await AllAsync(source);

        await target.Inventory.RestoreAsync(rows, CancellationToken.None);
        await target.Inventory.RestoreAsync(rows with { Tenants = [.. rows.Tenants.Select(static row => row with { State = TenantState.Active })] }, CancellationToken.None);
        await target.Inventory.RaiseGenerationAsync(41, CancellationToken.None);
        await target.Inventory.RaiseGenerationAsync(40, CancellationToken.None);

        var restored = await AllAsync(target);
        AssertEqual(rows.Tenants, restored.Tenants);
        AssertEqual(rows.Keks, restored.Keks);
        AssertEqual(rows.Columns, restored.Columns);
        AssertEqual(rows.Audit, restored.Audit);
        AssertEqual(rows.Keys.Select(static row => row.Key), restored.Keys.Select(static row => row.Key));
        AssertEqual(rows.Keys.SelectMany(static row => row.Wraps), restored.Keys.SelectMany(static row => row.Wraps));
        Assert.Equal(41, await target.ReadGenerationAsync(CancellationToken.None));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => target.Inventory.RaiseGenerationAsync(-1, CancellationToken.None));
        await Assert.ThrowsAsync<ArgumentException>(() => target.Inventory.RestoreAsync(rows with { Keks = [.. Enumerable.Repeat(Rows.Kek(), 5_001)] }, CancellationToken.None));
    }

    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task Restore_OfKeysThatCannotStandBesideOthers_AddsNothingOfThem(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var store = await host.OpenCreatedAsync();
        var row = Rows.NewKey("clinic-a");
        Assert.True(await store.TryInsertKeyAsync(row, CancellationToken.None));
        var (same, twin) = (Rows.Wrap(row.Key.KeyId, "test:escrow"), Rows.Key("clinic-a"));

        await store.Inventory.RestoreAsync(
            new StoreRows([], [new(row.Key with { State = KeyState.Suspended }, null, [Rows.Wrap(row.Key.KeyId), same]), new(twin, null, [Rows.Wrap(twin.KeyId)])], [], [], []),
            CancellationToken.None);

        var key = Assert.Single(await store.Inventory.ReadKeysAsync(null, null, 10, CancellationToken.None));
        RowAssert.Equal(row.Key, key.Key);
        RowAssert.Equal(same, key.Wraps[0]);
        RowAssert.Equal(row.Wraps[0], key.Wraps[1]);
        Assert.Equal(new Dictionary<string, long> { ["test:escrow"] = 1, ["test:kek"] = 1 }, (await store.Inventory.CountAsync(CancellationToken.None)).Wraps);
    }

    private static async Task<StoreRows> AllAsync(IKeyStore store) => new(
        await store.Inventory.ReadTenantsAsync("", 5_000, CancellationToken.None),
        await store.Inventory.ReadKeysAsync(default(KeyId), null, 5_000, CancellationToken.None),
        await store.ReadKeksAsync(CancellationToken.None),
        [.. (await store.Inventory.ReadManifestAsync(CancellationToken.None)).OrderBy(static row => row.Database, StringComparer.Ordinal)],
        [.. await store.Audit.ReadAsync(0, 5_000, CancellationToken.None), .. await store.Audit.ReadUnchainedAsync("", 5_000, CancellationToken.None)]);

    private static void AssertEqual<T>(IEnumerable<T> expected, IEnumerable<T> actual)
        where T : class
    {
        Assert.Equal(expected.Count(), actual.Count());
        foreach (var (want, got) in expected.Zip(actual))
        {
            RowAssert.Equal(want, got);
        }
    }
}
