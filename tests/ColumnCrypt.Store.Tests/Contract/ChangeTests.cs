using ColumnCrypt.Metadata;
using ColumnCrypt.Store.Tests.Hosts;
using Xunit;

namespace ColumnCrypt.Store.Tests.Contract;

public sealed class ChangeTests
{
    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task TryChange_OfARotation_WritesAllRowsAndRaisesTheGeneration(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var store = await host.OpenCreatedAsync();
        var (old, next) = (Rows.NewKey("clinic-a"), Rows.NewKey("clinic-a", 2, KeyState.PreActive));
        Assert.True(await store.TryInsertKeyAsync(old, CancellationToken.None));
        Assert.True(await store.TryInsertKeyAsync(next, CancellationToken.None));
        Assert.Equal(100, await store.ReserveUsesAsync(old.Key.KeyId, 100, CancellationToken.None));
        var before = await store.ReadGenerationAsync(CancellationToken.None);
        KeyChange? made = null;

        Assert.True(await store.TryChangeAsync(
            generation => made = new KeyChange(
                Rows.Next(old.Tenant!, generation),
                [
                    Rows.Next(old.Key, KeyState.Deactivated) with { DeactivatedAt = Rows.Time.AddDays(1) },
                    Rows.Next(next.Key, KeyState.Active) with { ActivatedAt = Rows.Time.AddDays(1) },
                ]),
            CancellationToken.None));

        var read = await host.Open().ReadTenantAsync("clinic-a", CancellationToken.None);
        Assert.Equal(before + 1, made!.Tenant.Generation);
        Assert.Equal(before + 1, await store.ReadGenerationAsync(CancellationToken.None));
        RowAssert.Equal(made.Tenant, read.Tenant);
        RowAssert.Equal(made.Keys[0] with { ReservedUses = 100 }, read.Keys[0]);
        RowAssert.Equal(made.Keys[1], read.Keys[1]);
        Assert.Equal(2, read.Wraps.Count);
    }

    // SPEC-BYOK-1
    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task TryChange_OfATenantsFirstRow_WritesIt_Once(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var store = await host.OpenCreatedAsync();
        var tenant = Rows.Tenant("clinic-a") with { KekPolicy = "test:own" };

        Assert.True(await store.TryChangeAsync(generation => new(tenant with { Generation = generation }, []), CancellationToken.None));
        Assert.False(await store.TryChangeAsync(generation => new(tenant with { Generation = generation, KekPolicy = null }, []), CancellationToken.None));

        var read = await store.ReadTenantAsync("clinic-a", CancellationToken.None);
        RowAssert.Equal(tenant with { Generation = 1 }, read.Tenant);
        Assert.Empty(read.Keys);
        Assert.Equal(["clinic-a"], await store.ReadChangedTenantsAsync(0, CancellationToken.None));
    }

    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task TryChange_WhenARowHasMovedOn_ReturnsFalseAndWritesNothing(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var store = await host.OpenCreatedAsync();
        var row = Rows.NewKey("clinic-a");
        Assert.True(await store.TryInsertKeyAsync(row, CancellationToken.None));
        var foreign = Rows.NewKey("clinic-b");
        Assert.True(await store.TryInsertKeyAsync(foreign, CancellationToken.None));
        Func<long, KeyChange>[] stale =
        [
            generation => new(Rows.Next(row.Tenant! with { RowVersion = 2 }, generation), [Rows.Next(row.Key, KeyState.Suspended)]),
            generation => new(Rows.Next(row.Tenant! with { RowVersion = 0 }, generation), [Rows.Next(row.Key, KeyState.Suspended)]),
            generation => new(Rows.Next(row.Tenant!, generation), [Rows.Next(row.Key with { RowVersion = 2 }, KeyState.Suspended)]),
            generation => new(Rows.Next(row.Tenant!, generation), [Rows.Next(row.Key, KeyState.Suspended), Rows.Next(Rows.Key("clinic-a", 2), KeyState.Suspended)]),
            generation => new(Rows.Next(row.Tenant!, generation), [Rows.Next(foreign.Key with { Tenant = "clinic-a" }, KeyState.Suspended)]),
            generation => new(Rows.Next(Rows.Tenant("nobody"), generation), []),
        ];
        var before = await store.ReadGenerationAsync(CancellationToken.None);

        foreach (var change in stale)
        {
            Assert.False(await store.TryChangeAsync(generation => change(generation) with { DropWraps = true }, CancellationToken.None));
        }

        var read = await store.ReadTenantAsync("clinic-a", CancellationToken.None);
        RowAssert.Equal(row.Tenant, read.Tenant);
        RowAssert.Equal(row.Key, Assert.Single(read.Keys));
        RowAssert.Equal(row.Wraps[0], Assert.Single(read.Wraps));
        RowAssert.Equal(foreign.Key, Assert.Single((await store.ReadTenantAsync("clinic-b", CancellationToken.None)).Keys));
        Assert.Equal(before, await store.ReadGenerationAsync(CancellationToken.None));
    }

    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task TryChange_ThatWouldMakeASecondKeyActive_ReturnsFalse(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var store = await host.OpenCreatedAsync();
        var (old, next) = (Rows.NewKey("clinic-a"), Rows.NewKey("clinic-a", 2, KeyState.PreActive));
        Assert.True(await store.TryInsertKeyAsync(old, CancellationToken.None));
        Assert.True(await store.TryInsertKeyAsync(next, CancellationToken.None));

        Assert.False(await store.TryChangeAsync(generation => new KeyChange(Rows.Next(old.Tenant!, generation), [Rows.Next(next.Key, KeyState.Active)]), CancellationToken.None));

        var read = await store.ReadTenantAsync("clinic-a", CancellationToken.None);
        Assert.Equal([KeyState.Active, KeyState.PreActive], read.Keys.Select(key => key.State));
        Assert.Equal(1, read.Tenant!.RowVersion);
    }

    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task TryChange_ByTwentyNodesAtOnce_SucceedsOncePerRowVersion(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var store = await host.OpenCreatedAsync();
        var row = Rows.NewKey("clinic-a");
        Assert.True(await store.TryInsertKeyAsync(row, CancellationToken.None));
        var before = await store.ReadGenerationAsync(CancellationToken.None);

        var won = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => host.Open().TryChangeAsync(
            generation => new KeyChange(Rows.Next(row.Tenant!, generation), [Rows.Next(row.Key, KeyState.Suspended)]), CancellationToken.None))));

        Assert.Single(won, static result => result);
        Assert.Equal(before + 1, await store.ReadGenerationAsync(CancellationToken.None));
    }

    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task TryChange_WhenTheChangeCannotBeMade_RaisesItAndWritesNothing(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var store = await host.OpenCreatedAsync();
        var row = Rows.NewKey("clinic-a");
        Assert.True(await store.TryInsertKeyAsync(row, CancellationToken.None));
        var before = await store.ReadGenerationAsync(CancellationToken.None);

        await Assert.ThrowsAsync<NotSupportedException>(() => store.TryChangeAsync(static _ => throw new NotSupportedException("no"), CancellationToken.None));
        await Assert.ThrowsAsync<ArgumentException>(() => store.TryChangeAsync(generation => new KeyChange(Rows.Next(row.Tenant!, generation + 1), []), CancellationToken.None));
        await Assert.ThrowsAsync<ArgumentException>(() => store.TryChangeAsync(
            generation => new KeyChange(Rows.Next(row.Tenant!, generation), [Rows.Next(Rows.Key("clinic-b"), KeyState.Suspended)]), CancellationToken.None));

        Assert.Equal(before, await store.ReadGenerationAsync(CancellationToken.None));
        RowAssert.Equal(row.Tenant, (await store.ReadTenantAsync("clinic-a", CancellationToken.None)).Tenant);
    }

    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task TryChange_ThatDropsWraps_ClearsThoseOfItsKeysOnly(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var store = await host.OpenCreatedAsync();
        var (gone, kept) = (Rows.NewKey("clinic-a", 1, KeyState.Deactivated), Rows.NewKey("clinic-a", 2));
        gone = gone with { Wraps = [.. gone.Wraps, Rows.Wrap(gone.Key.KeyId, "test:escrow")] };
        Assert.True(await store.TryInsertKeyAsync(gone, CancellationToken.None));
        Assert.True(await store.TryInsertKeyAsync(kept, CancellationToken.None));

        Assert.True(await store.TryChangeAsync(
            generation => new KeyChange(Rows.Next(gone.Tenant!, generation), [Rows.Next(gone.Key, KeyState.Destroyed)], DropWraps: true), CancellationToken.None));

        var read = await store.ReadTenantAsync("clinic-a", CancellationToken.None);
        Assert.Equal([KeyState.Destroyed, KeyState.Active], read.Keys.Select(key => key.State));
        RowAssert.Equal(kept.Wraps[0], Assert.Single(read.Wraps));
    }

    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task ReadChangedTenants_AfterAGeneration_GivesThoseChangedSinceInOrder(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var store = await host.OpenCreatedAsync();
        List<NewKey> rows = [Rows.NewKey("c"), Rows.NewKey("a"), Rows.NewKey("b")];
        foreach (var row in rows)
        {
            Assert.True(await store.TryInsertKeyAsync(row, CancellationToken.None));
        }

        var before = await store.ReadGenerationAsync(CancellationToken.None);
        Assert.Empty(await store.ReadChangedTenantsAsync(before, CancellationToken.None));
        foreach (var row in rows)
        {
            Assert.True(await store.TryChangeAsync(generation => new KeyChange(Rows.Next(row.Tenant!, generation), []), CancellationToken.None));
        }

        Assert.Equal(["c", "a", "b"], await store.ReadChangedTenantsAsync(before, CancellationToken.None));
        Assert.Equal(["a", "b"], await store.ReadChangedTenantsAsync(before + 1, CancellationToken.None));
        Assert.Empty(await store.ReadChangedTenantsAsync(before + 3, CancellationToken.None));
        Assert.Empty(await store.ReadChangedTenantsAsync(long.MaxValue, CancellationToken.None));
    }

    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task ReserveUses_ByEightNodesAtOnce_AddsUpExactly(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var store = await host.OpenCreatedAsync();
        var row = Rows.NewKey("clinic-a");
        Assert.True(await store.TryInsertKeyAsync(row, CancellationToken.None));

        var totals = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            var node = host.Open();
            List<long?> mine = [];
            for (var call = 0; call < 25; call++)
            {
                mine.Add(await node.ReserveUsesAsync(row.Key.KeyId, 1_024, CancellationToken.None));
            }

            return mine;
        })));

        Assert.Equal(Enumerable.Range(1, 200).Select(static count => (long?)count * 1_024), totals.SelectMany(static mine => mine).Order());
        RowAssert.Equal(row.Key with { ReservedUses = 200 * 1_024 }, (await store.ReadTenantAsync("clinic-a", CancellationToken.None)).Keys[0]);
    }

    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task ReserveUses_WhenTheKeyIsNotActive_ReturnsNull(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var store = await host.OpenCreatedAsync();
        var row = Rows.NewKey("clinic-a", 1, KeyState.PreActive);
        Assert.True(await store.TryInsertKeyAsync(row, CancellationToken.None));

        Assert.Null(await store.ReserveUsesAsync(row.Key.KeyId, 1, CancellationToken.None));
        Assert.Null(await store.ReserveUsesAsync(Rows.Key("clinic-a").KeyId, 1, CancellationToken.None));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => store.ReserveUsesAsync(row.Key.KeyId, 0, CancellationToken.None));
    }

    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task ReserveUses_BeyondALong_StaysAtTheLargest(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var store = await host.OpenCreatedAsync();
        var row = Rows.NewKey(Rows.Key("clinic-a") with { ReservedUses = long.MaxValue - 10 });
        Assert.True(await store.TryInsertKeyAsync(row, CancellationToken.None));

        Assert.Equal(long.MaxValue, await store.ReserveUsesAsync(row.Key.KeyId, 11, CancellationToken.None));
        Assert.Equal(long.MaxValue, await store.ReserveUsesAsync(row.Key.KeyId, 1, CancellationToken.None));
    }
}
