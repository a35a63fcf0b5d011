using ColumnCrypt.Format;
using ColumnCrypt.Metadata;
using ColumnCrypt.Store.Tests.Hosts;
using Xunit;

namespace ColumnCrypt.Store.Tests.Contract;

public sealed class WrapChangeTests
{
    private static readonly Func<IReadOnlySet<KeyId>, AuditHead, BatchEnd> s_nothingElse = static (_, _) => new BatchEnd(null, []);

    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task ChangeWraps_OfManyTenants_AddsAndDrops(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var store = await host.OpenCreatedAsync();
        var rows = await InsertAsync(store, [.. Enumerable.Range(0, 50).Select(static i => Rows.NewKey($"clinic-{i % 25}", (i / 25) + 1, i < 25 ? KeyState.Active : KeyState.PreActive)), Rows.NewKey("")]);
        WrapChange[] adding = [.. rows.Select(static row => Change(row.Key, [Rows.Wrap(row.Key.KeyId, "test:new", "1") with { VerifiedAt = Rows.Time.AddDays(1) }]))];

        var added = await store.Inventory.ChangeWrapsAsync(adding, s_nothingElse, CancellationToken.None);
        var between = await store.Inventory.ReadKeysAsync(null, null, 5_000, CancellationToken.None);
        var dropped = await store.Inventory.ChangeWrapsAsync([.. rows.Select(static row => Change(row.Key, [], [new("test:kek", "")]))], s_nothingElse, CancellationToken.None);
        var after = await store.Inventory.ReadKeysAsync(null, null, 5_000, CancellationToken.None);

        Assert.Equal(rows.Select(static row => row.Key.KeyId).ToHashSet(), added);
        Assert.Equal(added, dropped);
        Assert.Equal(51, between.Count);
        foreach (var (key, row, change) in between.Join(rows.Zip(adding), static key => key.Key.KeyId, static row => row.First.Key.KeyId, static (key, row) => (key, row.First, row.Second)))
        {
            Assert.Equal(2, key.Wraps.Count);
            RowAssert.Equal(row.Wraps[0], key.Wraps[0]);
            RowAssert.Equal(change.Added[0], key.Wraps[1]);
        }

        Assert.All(after, static key =>
        {
            Assert.Null(key.Wraps[0].Wrapped);
            Assert.NotNull(key.Wraps[0].ValidTo);
            Assert.NotNull(key.Wraps[1].Wrapped);
            Assert.Null(key.Wraps[1].ValidTo);
        });
    }

    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task ChangeWraps_OfKeysThatHaveMovedOn_LeavesThemOut(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var store = await host.OpenCreatedAsync();
        var rows = await InsertAsync(store, [Rows.NewKey("fine"), Rows.NewKey("moved"), Rows.NewKey("destroyed"), Rows.NewKey("shredded"), Rows.NewKey("scheduled"), Rows.NewKey("other")]);
        await ChangeAsync(store, rows[2].Tenant!, Rows.Next(rows[2].Key, KeyState.Destroyed));
        await ChangeAsync(store, rows[3].Tenant! with { State = TenantState.Shredded });
        await ChangeAsync(store, rows[4].Tenant! with { State = TenantState.ShredScheduled });
        WrapChange[] changes =
        [
            Added(rows[0].Key),
            Added(rows[1].Key with { RowVersion = 2 }),
            Added(rows[2].Key with { RowVersion = 2 }),
            Added(rows[3].Key),
            Added(rows[4].Key),
            Added(rows[5].Key) with { Tenant = "fine" },
            Added(Rows.Key("nobody")),
        ];

        IReadOnlySet<KeyId>? seen = null;
        var applied = await store.Inventory.ChangeWrapsAsync(
            changes,
            (done, _) =>
            {
                seen = done;
                return new BatchEnd(null, []);
            },
            CancellationToken.None);

        Assert.Equal(new[] { rows[0].Key.KeyId, rows[4].Key.KeyId }.ToHashSet(), applied);
        Assert.Equal(applied, seen);
        var keys = await store.Inventory.ReadKeysAsync(null, null, 100, CancellationToken.None);
        Assert.Equal(applied, keys.Where(static key => key.Wraps.Count == 2).Select(static key => key.Key.KeyId).ToHashSet());
        Assert.Equal(rows.Count, keys.Count);
    }

    // SPEC-BYOK-2
    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task ChangeWraps_DecidedUnderAnotherKekPolicyThanTheTenants_AreLeftOut(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var store = await host.OpenCreatedAsync();
        var rows = await InsertAsync(store, [Rows.NewKey("acme"), Rows.NewKey("globex")]);
        await ChangeAsync(store, rows[0].Tenant! with { KekPolicy = "test:own" });
        async Task<IReadOnlySet<KeyId>?> TryAsync(string? policy) =>
            await store.Inventory.ChangeWrapsAsync([.. rows.Select(row => Added(row.Key) with { KekPolicy = policy })], s_nothingElse, CancellationToken.None);

        Assert.Equal([rows[1].Key.KeyId], await TryAsync(null));
        Assert.Equal([rows[0].Key.KeyId], await TryAsync("test:own"));
        Assert.Empty((await TryAsync("test:another"))!);
    }

    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task ChangeWraps_ThatWouldLeaveNoBytes_IsLeftOutAsAWhole(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var store = await host.OpenCreatedAsync();
        var row = (await InsertAsync(store, [Rows.NewKey("clinic-a")]))[0];
        WrapName only = new("test:kek", "");

        Assert.Empty((await store.Inventory.ChangeWrapsAsync([Change(row.Key, [], [only])], s_nothingElse, CancellationToken.None))!);
        Assert.Empty((await store.Inventory.ChangeWrapsAsync([Change(row.Key, [], [only, new("test:none", "")])], s_nothingElse, CancellationToken.None))!);
        RowAssert.Equal(row.Wraps[0], Assert.Single((await store.ReadTenantAsync("clinic-a", CancellationToken.None)).Wraps));

        Assert.Single((await store.Inventory.ChangeWrapsAsync([Change(row.Key, [], [new("test:none", "")])], s_nothingElse, CancellationToken.None))!);
        Assert.Single((await store.Inventory.ChangeWrapsAsync([Change(row.Key, [Rows.Wrap(row.Key.KeyId, "test:new")], [only])], s_nothingElse, CancellationToken.None))!);
        Assert.Equal("test:new", Assert.Single((await store.ReadTenantAsync("clinic-a", CancellationToken.None)).Wraps).KekId);
        Assert.Empty((await store.Inventory.ChangeWrapsAsync([Change(row.Key, [], [new("test:new", "")])], s_nothingElse, CancellationToken.None))!);
    }

    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task ChangeWraps_ThatAddsADroppedWrapAgain_BeginsANewTime(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var store = await host.OpenCreatedAsync();
        var row = (await InsertAsync(store, [Rows.NewKey("clinic-a")]))[0];
        Task<IReadOnlySet<KeyId>?> ApplyAsync(WrapChange change) => store.Inventory.ChangeWrapsAsync([change], s_nothingElse, CancellationToken.None);
        Assert.Single((await ApplyAsync(Change(row.Key, [Rows.Wrap(row.Key.KeyId, "test:new")], [new("test:kek", "")])))!);

        var again = Rows.Wrap(row.Key.KeyId) with { ValidFrom = Rows.Time.AddDays(9), VerifiedAt = Rows.Time.AddDays(10) };
        Assert.Single((await ApplyAsync(Change(row.Key, [again])))!);
        var verified = Rows.Wrap(row.Key.KeyId, "test:new") with { ValidFrom = Rows.Time.AddDays(9), VerifiedAt = Rows.Time.AddDays(10) };
        Assert.Single((await ApplyAsync(Change(row.Key, [verified])))!);

        var wraps = Assert.Single(await store.Inventory.ReadKeysOfAsync("clinic-a", CancellationToken.None)).Wraps;
        RowAssert.Equal(again, wraps[0]);
        RowAssert.Equal(verified with { ValidFrom = Rows.Time }, wraps[1]);
    }

    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task ChangeWraps_OfAJob_WritesItAndItsEntriesOrNothing(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var store = await host.OpenCreatedAsync();
        var row = (await InsertAsync(store, [Rows.NewKey("clinic-a")]))[0];
        var job = Rows.Job();
        Assert.True(await store.Jobs.TryAddAsync(job, null, CancellationToken.None));
        var next = job with { RowVersion = 2, Processed = 1, Succeeded = 1, Cursor = "x" };

        var applied = await store.Inventory.ChangeWrapsAsync([Added(row.Key)], (_, head) => new BatchEnd(next, [Rows.Entry(head)]), CancellationToken.None);
        var lost = await store.Inventory.ChangeWrapsAsync(
            [Change(row.Key, [Rows.Wrap(row.Key.KeyId, "test:later")], [new("test:kek", "")])], (_, head) => new BatchEnd(next, [Rows.Entry(head)]), CancellationToken.None);

        Assert.Single(applied!);
        Assert.Null(lost);
        RowAssert.Equal(next, await store.Jobs.FindAsync(job.JobId, CancellationToken.None));
        Assert.Single(await store.Audit.ReadAsync(0, 10, CancellationToken.None));
        Assert.Equal(["test:kek", "test:new"], (await store.ReadTenantAsync("clinic-a", CancellationToken.None)).Wraps.Select(static wrap => wrap.KekId));
    }

    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task ChangeWraps_WhoseEndCannotBeMade_RaisesItAndWritesNothing(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var store = await host.OpenCreatedAsync();
        var row = (await InsertAsync(store, [Rows.NewKey("clinic-a")]))[0];

        await Assert.ThrowsAsync<NotSupportedException>(() => store.Inventory.ChangeWrapsAsync([Added(row.Key)], static (_, _) => throw new NotSupportedException(), CancellationToken.None));
        await Assert.ThrowsAsync<ArgumentException>(() => store.Inventory.ChangeWrapsAsync(
            [Added(row.Key)], static (_, head) => new BatchEnd(null, [Rows.Entry(head with { Sequence = 1 })]), CancellationToken.None));

        Assert.Single((await store.ReadTenantAsync("clinic-a", CancellationToken.None)).Wraps);
        Assert.Empty(await store.Audit.ReadAsync(0, 10, CancellationToken.None));
    }

    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task ChangeWraps_OfWrongArguments_IsRefused(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var store = await host.OpenCreatedAsync();
        var (key, other) = (Rows.Key("clinic-a"), Rows.Key("clinic-b"));
        WrapChange[][] wrong =
        [
            [.. Enumerable.Range(0, 1_001).Select(static _ => Added(Rows.Key("clinic-a")))],
            [Added(key), Added(key)],
            [Change(key, [Rows.Wrap(other.KeyId)])],
            [Change(key, [Rows.Wrap(key.KeyId) with { Wrapped = null }])],
            [Change(key, [Rows.Wrap(key.KeyId), Rows.Wrap(key.KeyId)])],
            [Change(key, [Rows.Wrap(key.KeyId)], [new("test:kek", "")])],
        ];
        foreach (var changes in wrong)
        {
            await Assert.ThrowsAsync<ArgumentException>(() => store.Inventory.ChangeWrapsAsync(changes, s_nothingElse, CancellationToken.None));
        }
    }

    private static WrapChange Added(KeyRecord key) => Change(key, [Rows.Wrap(key.KeyId, "test:new")]);

    private static WrapChange Change(KeyRecord key, IReadOnlyList<WrapRecord> added, IReadOnlyList<WrapName>? dropped = null) =>
        new(key.KeyId, key.Tenant, key.RowVersion, added, dropped ?? []);

    private static async Task<IReadOnlyList<NewKey>> InsertAsync(IKeyStore store, IReadOnlyList<NewKey> rows)
    {
        foreach (var row in rows)
        {
            Assert.True(await store.TryInsertKeyAsync(row, CancellationToken.None));
        }

        return rows;
    }

    private static async Task ChangeAsync(IKeyStore store, TenantRecord tenant, params KeyRecord[] keys) =>
        Assert.True(await store.TryChangeAsync(generation => new KeyChange(Rows.Next(tenant, generation), keys), CancellationToken.None));
}
