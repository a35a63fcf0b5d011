using ColumnCrypt.Metadata;
using ColumnCrypt.Store.Tests.Hosts;
using Xunit;

namespace ColumnCrypt.Store.Tests.Contract;

// Must hold 5
public sealed class InsertTests
{
    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task TryInsertKey_WhenAnotherIsActive_ReturnsFalseAndWritesNothing(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var store = await host.OpenCreatedAsync();
        var first = Rows.NewKey("clinic-a");
        Assert.True(await store.TryInsertKeyAsync(first, CancellationToken.None));

        var second = Rows.NewKey("clinic-a", 2) with { Keks = [Rows.Kek("test:other")] };
        Assert.False(await store.TryInsertKeyAsync(second, CancellationToken.None));

        await AssertOnlyAsync(store, first);
    }

    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task TryInsertKey_WhenTheVersionExists_ReturnsFalseAndWritesNothing(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var store = await host.OpenCreatedAsync();
        var first = Rows.NewKey("clinic-a");
        Assert.True(await store.TryInsertKeyAsync(first, CancellationToken.None));

        Assert.False(await store.TryInsertKeyAsync(Rows.NewKey("clinic-a", 1, KeyState.PreActive) with { Keks = [Rows.Kek("test:other")] }, CancellationToken.None));
        Assert.False(await store.TryInsertKeyAsync(first, CancellationToken.None));

        await AssertOnlyAsync(store, first);
    }

    // SPEC-BYOK-2
    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task TryInsertKey_UnderAnotherKekPolicyThanTheTenants_ReturnsFalseAndWritesNothing(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var store = await host.OpenCreatedAsync();
        var first = Rows.NewKey("clinic-a");
        Assert.True(await store.TryInsertKeyAsync(first, CancellationToken.None));
        var own = Rows.NewKey("clinic-a", 2, KeyState.PreActive);
        Assert.False(await store.TryInsertKeyAsync(own with { Tenant = own.Tenant! with { KekPolicy = "test:own" } }, CancellationToken.None));
        await AssertOnlyAsync(store, first);

        Assert.True(await store.TryChangeAsync(
            generation => new(Rows.Next(first.Tenant! with { KekPolicy = "test:own" }, generation), []), CancellationToken.None));
        Assert.False(await store.TryInsertKeyAsync(own, CancellationToken.None));
        Assert.Single((await store.ReadTenantAsync("clinic-a", CancellationToken.None)).Keys);
        Assert.True(await store.TryInsertKeyAsync(own with { Tenant = own.Tenant! with { KekPolicy = "test:own" } }, CancellationToken.None));
    }

    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task TryInsertKey_OfANewTenantWhoseKeyIdIsTaken_WritesNoTenant(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var store = await host.OpenCreatedAsync();
        var first = Rows.NewKey("clinic-a");
        Assert.True(await store.TryInsertKeyAsync(first, CancellationToken.None));

        Assert.False(await store.TryInsertKeyAsync(Rows.NewKey(first.Key with { Tenant = "clinic-b" }), CancellationToken.None));

        Assert.Null((await store.ReadTenantAsync("clinic-b", CancellationToken.None)).Tenant);
    }

    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task TryInsertKey_BesideAnActiveKey_AllowsOtherStatesKindsAndTenants(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var store = await host.OpenCreatedAsync();
        NewKey[] rows =
        [
            Rows.NewKey("clinic-a"), Rows.NewKey("clinic-a", 2, KeyState.PreActive), Rows.NewKey("clinic-b"),
            Rows.NewKey(Rows.Key("clinic-a", kind: KeyKind.Index)), Rows.NewKey(Rows.Key("clinic-a", 2, kind: KeyKind.Index)),
        ];
        foreach (var row in rows)
        {
            Assert.True(await store.TryInsertKeyAsync(row, CancellationToken.None));
        }

        Assert.Equal(4, (await store.ReadTenantAsync("clinic-a", CancellationToken.None)).Keys.Count);
    }

    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task TryInsertKey_OfASecondActiveInstallationKey_ReturnsFalse(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var store = await host.OpenCreatedAsync();
        var first = Rows.NewKey(Rows.Key("", kind: KeyKind.Installation));
        Assert.True(await store.TryInsertKeyAsync(first, CancellationToken.None));
        Assert.False(await store.TryInsertKeyAsync(Rows.NewKey(Rows.Key("", 2, kind: KeyKind.Installation)), CancellationToken.None));
        Assert.True(await store.TryInsertKeyAsync(Rows.NewKey(Rows.Key("", kind: KeyKind.Signing)), CancellationToken.None));

        var read = await store.ReadTenantAsync("", CancellationToken.None);
        Assert.Null(read.Tenant);
        Assert.Equal([KeyKind.Installation, KeyKind.Signing], read.Keys.Select(key => key.Kind));
        Assert.Equal("", await store.FindTenantAsync(first.Key.KeyId, CancellationToken.None));
    }

    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task TryInsertKey_ByTwentyNodesAtOnce_SucceedsOnce(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var store = await host.OpenCreatedAsync();
        for (var round = 0; round < 5; round++)
        {
            var tenant = $"clinic-{round}";
            var won = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => host.Open().TryInsertKeyAsync(Rows.NewKey(tenant), CancellationToken.None))));

            Assert.Single(won, static result => result);
            var read = await store.ReadTenantAsync(tenant, CancellationToken.None);
            Assert.Single(read.Keys);
            Assert.Single(read.Wraps);
        }
    }

    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task TryInsertKey_WhenTheTenantIsNotActive_IsRefused(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var store = await host.OpenCreatedAsync();
        foreach (var state in new[] { TenantState.ShredScheduled, TenantState.Shredded })
        {
            var first = Rows.NewKey(state.ToString(), 1, KeyState.Deactivated);
            Assert.True(await store.TryInsertKeyAsync(first, CancellationToken.None));
            Assert.True(await store.TryChangeAsync(generation => new KeyChange(Rows.Next(first.Tenant!, generation) with { State = state }, []), CancellationToken.None));

            var error = await Assert.ThrowsAsync<TenantShreddedException>(() => store.TryInsertKeyAsync(Rows.NewKey(state.ToString(), 2), CancellationToken.None));

            Assert.Contains($"'{state}'", error.Message, StringComparison.Ordinal);
            Assert.Single((await store.ReadTenantAsync(state.ToString(), CancellationToken.None)).Keys);
        }
    }

    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task TryInsertKey_RacingAShred_NeverAddsAKeyAfterIt(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var store = await host.OpenCreatedAsync();
        for (var round = 0; round < 20; round++)
        {
            var first = Rows.NewKey($"clinic-{round}", 1, KeyState.Deactivated);
            var second = Rows.NewKey($"clinic-{round}", 2);
            Assert.True(await store.TryInsertKeyAsync(first, CancellationToken.None));
            var insert = Task.Run(async () =>
            {
                try
                {
                    return await host.Open().TryInsertKeyAsync(second, CancellationToken.None);
                }
                catch (TenantShreddedException)
                {
                    return false;
                }
            });
            var shred = Task.Run(async () =>
            {
                var node = host.Open();
                Assert.True(await node.TryChangeAsync(generation => new KeyChange(Rows.Next(first.Tenant!, generation) with { State = TenantState.Shredded }, []), CancellationToken.None));
                return (await node.ReadTenantAsync(first.Key.Tenant, CancellationToken.None)).Keys.Count;
            });

            var keys = await shred;
            Assert.Equal(await insert ? 2 : 1, keys);
            Assert.Equal(keys, (await store.ReadTenantAsync(first.Key.Tenant, CancellationToken.None)).Keys.Count);
        }
    }

    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task TryInsertKey_OfRowsThatDoNotBelongTogether_IsRefused(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var store = await host.OpenCreatedAsync();
        var row = Rows.NewKey("clinic-a");
        await Assert.ThrowsAsync<ArgumentException>(() => store.TryInsertKeyAsync(row with { Tenant = null }, CancellationToken.None));
        await Assert.ThrowsAsync<ArgumentException>(() => store.TryInsertKeyAsync(row with { Tenant = Rows.Tenant("clinic-b") }, CancellationToken.None));
        await Assert.ThrowsAsync<ArgumentException>(() => store.TryInsertKeyAsync(row with { Wraps = [] }, CancellationToken.None));
        await Assert.ThrowsAsync<ArgumentException>(() => store.TryInsertKeyAsync(row with { Wraps = [Rows.Wrap(Rows.Key("clinic-b").KeyId)] }, CancellationToken.None));
        Assert.Null((await store.ReadTenantAsync("clinic-a", CancellationToken.None)).Tenant);
    }

    private static async Task AssertOnlyAsync(IKeyStore store, NewKey row)
    {
        var read = await store.ReadTenantAsync(row.Key.Tenant, CancellationToken.None);
        RowAssert.Equal(row.Tenant, read.Tenant);
        RowAssert.Equal(row.Key, Assert.Single(read.Keys));
        RowAssert.Equal(row.Wraps[0], Assert.Single(read.Wraps));
        RowAssert.Equal(row.Keks[0], Assert.Single(await store.ReadKeksAsync(CancellationToken.None)));
    }
}
