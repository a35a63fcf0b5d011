using ColumnCrypt.Metadata;
using ColumnCrypt.Store.Tests.Hosts;
using Xunit;

namespace ColumnCrypt.Store.Tests.Contract;

// SPEC-LIFE-5: no key is wrapped under a KEK that is retired, and none is retired or noted as destroyed that a key depends on
public sealed class RetiredKekTests
{
    private static readonly KekRecord s_retired = Rows.Kek() with { State = KekState.Retired, RetiredAt = Rows.Time, RowVersion = 2 };

    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task TryInsertKey_UnderAKekThatIsNotActive_IsRefusedAndWritesNothing(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var store = await host.OpenCreatedAsync();
        await WriteAsync(store, Rows.Kek());
        await WriteAsync(store, s_retired);
        var rows = Rows.NewKey("clinic-a");

        var wrapped = await Assert.ThrowsAsync<KeyUnavailableException>(() => store.TryInsertKeyAsync(rows, CancellationToken.None));
        await WriteAsync(store, s_retired with { State = KekState.Destroyed, DestroyedAt = Rows.Time, RowVersion = 3 });
        var escrowed = await Assert.ThrowsAsync<KeyUnavailableException>(() => store.TryInsertKeyAsync(
            rows with { Wraps = [Rows.Wrap(rows.Key.KeyId, "test:new"), Rows.Wrap(rows.Key.KeyId)], Keks = [Rows.Kek("test:new"), Rows.Kek()] }, CancellationToken.None));

        Assert.Equal((KeyUnavailableReason.KekNotAllowed, KeyUnavailableReason.KekNotAllowed), (wrapped.Reason, escrowed.Reason));
        Assert.Contains("test:kek is Retired", wrapped.Message, StringComparison.Ordinal);
        Assert.Contains("test:kek is Destroyed", escrowed.Message, StringComparison.Ordinal);
        Assert.Null((await store.ReadTenantAsync("clinic-a", CancellationToken.None)).Tenant);
        Assert.Single(await store.ReadKeksAsync(CancellationToken.None));
    }

    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task ChangeWraps_ThatAddsUnderAKekThatIsNotActive_IsRefusedAsAWhole(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var store = await host.OpenCreatedAsync();
        var (one, two) = (Rows.NewKey("clinic-a"), Rows.NewKey("clinic-b"));
        Assert.True(await store.TryInsertKeyAsync(one, CancellationToken.None));
        Assert.True(await store.TryInsertKeyAsync(two, CancellationToken.None));
        await WriteAsync(store, Rows.Kek("test:gone") with { State = KekState.Retired });
        Task<IReadOnlySet<Format.KeyId>?> AddAsync(string kek) => store.Inventory.ChangeWrapsAsync(
            [
                new(one.Key.KeyId, "clinic-a", 1, [Rows.Wrap(one.Key.KeyId, "test:unknown")], []),
                new(two.Key.KeyId, "clinic-b", 1, [Rows.Wrap(two.Key.KeyId, kek)], []),
            ],
            static (_, head) => new BatchEnd(null, [Rows.Entry(head)]),
            CancellationToken.None);

        Assert.Equal(KeyUnavailableReason.KekNotAllowed, (await Assert.ThrowsAsync<KeyUnavailableException>(() => AddAsync("test:gone"))).Reason);
        Assert.Equal(2, (await store.Inventory.CountAsync(CancellationToken.None)).Wraps["test:kek"]);
        Assert.Empty(await store.Audit.ReadAsync(0, 10, CancellationToken.None));
        Assert.Equal(2, (await AddAsync("test:kek"))!.Count);
    }

    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task TryWriteKek_WhileKeysDependOnIt_IsRefusedWithTheirNumber(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var store = await host.OpenCreatedAsync();
        var row = Rows.NewKey("clinic-a");
        Assert.True(await store.TryInsertKeyAsync(row, CancellationToken.None));
        var retired = s_retired with { AddedAt = Rows.Time };
        var destroyed = retired with { State = KekState.Destroyed, DestroyedAt = Rows.Time, RowVersion = 3 };

        var alone = await Assert.ThrowsAsync<KekInUseException>(() => store.Inventory.TryWriteKekAsync(retired, static head => [Rows.Entry(head)], CancellationToken.None));
        await ChangeAsync(store, row, [Rows.Wrap(row.Key.KeyId, "test:new")], []);
        await WriteAsync(store, retired);
        var any = await Assert.ThrowsAsync<KekInUseException>(() => store.Inventory.TryWriteKekAsync(destroyed, static head => [Rows.Entry(head)], CancellationToken.None));
        await ChangeAsync(store, row, [], [new("test:kek", "")]);
        await WriteAsync(store, destroyed);

        Assert.StartsWith("1 keys are wrapped by the KEK test:kek alone", alone.Message, StringComparison.Ordinal);
        Assert.StartsWith("1 keys still have a wrap under the KEK test:kek, 0 of them no other", any.Message, StringComparison.Ordinal);
        Assert.Empty(await store.Audit.ReadAsync(0, 10, CancellationToken.None));
        Assert.Equal(2, await store.ReadGenerationAsync(CancellationToken.None));
    }

    // Whichever comes first, the other one is refused.
    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task TryInsertKey_BesideTheRetirementOfItsKek_NeverStandsUnderARetiredOne(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var (node, operators) = (await host.OpenCreatedAsync(), host.Open());
        for (var round = 0; round < 30; round++)
        {
            var kek = Rows.Kek($"test:{round}");
            await WriteAsync(operators, kek);
            var row = Rows.NewKey($"clinic-{round}");
            row = row with { Wraps = [Rows.Wrap(row.Key.KeyId, kek.KekId)], Keks = [kek] };

            var inserting = Task.Run(async () => await Record.ExceptionAsync(() => node.TryInsertKeyAsync(row, CancellationToken.None)));
            var retiring = Task.Run(async () => await Record.ExceptionAsync(() => operators.Inventory.TryWriteKekAsync(
                kek with { State = KekState.Retired, RetiredAt = Rows.Time, RowVersion = 2 }, static head => [Rows.Entry(head)], CancellationToken.None)));

            var (insert, retire) = (await inserting, await retiring);
            Assert.True(insert is KeyUnavailableException { Reason: KeyUnavailableReason.KekNotAllowed } != retire is KekInUseException, $"{insert} / {retire}");
            Assert.True(insert is null != retire is null);
        }
    }

    private static async Task WriteAsync(IKeyStore store, KekRecord kek) => Assert.True(await store.Inventory.TryWriteKekAsync(kek, null, CancellationToken.None));

    private static async Task ChangeAsync(IKeyStore store, NewKey row, IReadOnlyList<WrapRecord> added, IReadOnlyList<WrapName> dropped) => Assert.Single((await store.Inventory.ChangeWrapsAsync(
        [new(row.Key.KeyId, row.Key.Tenant, 1, added, dropped)], static (_, _) => new BatchEnd(null, []), CancellationToken.None))!);
}
