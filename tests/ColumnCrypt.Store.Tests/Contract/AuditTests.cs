using ColumnCrypt.Metadata;
using ColumnCrypt.Store.Tests.Hosts;
using Xunit;

namespace ColumnCrypt.Store.Tests.Contract;

public sealed class AuditTests
{
    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task Chain_OfUnchainedAndNewEntries_WritesThemInOrder(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var store = await host.OpenCreatedAsync();
        var (first, second) = (Rows.Entry() with { Tenant = "clinic-a", KeyId = Rows.Key("clinic-a").KeyId, Detail = "första" }, Rows.Entry());
        await store.Audit.AddAsync(first, CancellationToken.None);
        await store.Audit.AddAsync(second, CancellationToken.None);
        await store.Audit.AddAsync(second, CancellationToken.None);
        Assert.Equal([first.AuditId, second.AuditId], (await store.Audit.ReadUnchainedAsync("", 10, CancellationToken.None)).Select(static entry => entry.AuditId));

        var written = await store.Audit.ChainAsync(
            (head, unchained) =>
            {
                Assert.Equal(0, head.Sequence);
                Assert.Null(head.Last);
                RowAssert.Equal(first, unchained[0]);
                var one = Rows.Chained(unchained[0], head);
                return [one, Rows.Entry(new AuditHead(1, one))];
            },
            CancellationToken.None);

        var chain = await host.Open().Audit.ReadAsync(0, 10, CancellationToken.None);
        Assert.Equal(2, chain.Count);
        RowAssert.Equal(written[0], chain[0]);
        RowAssert.Equal(written[1], chain[1]);
        RowAssert.Equal(first with { Sequence = 1, PreviousHash = new byte[32], Mac = written[0].Mac }, chain[0]);
        RowAssert.Equal(second, Assert.Single(await store.Audit.ReadUnchainedAsync("", 10, CancellationToken.None)));
        Assert.Empty(await store.Audit.ChainAsync(static (_, _) => [], CancellationToken.None));
        RowAssert.Equal(written[1], await HeadAsync(store));
    }

    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task Chain_ByManyWritersAtOnce_HasNoGap(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        await host.OpenCreatedAsync();

        await Task.WhenAll(Enumerable.Range(0, 4).Select(writer => Task.Run(async () =>
        {
            var store = host.Open();
            for (var round = 0; round < 15; round++)
            {
                await store.Audit.AddAsync(Rows.Entry(), CancellationToken.None);
                await store.Audit.ChainAsync(
                    static (head, unchained) => unchained is [var old, ..] ? [Rows.Chained(old, head), Rows.Entry(new AuditHead(head.Sequence + 1, old))] : [Rows.Entry(head)],
                    CancellationToken.None);
            }
        })));

        var chain = await host.Open().Audit.ReadAsync(0, 5_000, CancellationToken.None);
        Assert.InRange(chain.Count, 60, 120);
        Assert.Equal(Enumerable.Range(1, chain.Count).Select(static number => (long?)number), chain.Select(static entry => entry.Sequence));
        Assert.Equal(chain.Count, chain.Select(static entry => entry.AuditId).Distinct().Count());
        Assert.Empty(await host.Open().Audit.ReadUnchainedAsync("", 10, CancellationToken.None));
    }

    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task Chain_WithWrongEntries_IsRefusedAndWritesNothing(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var store = await host.OpenCreatedAsync();
        await store.Audit.AddAsync(Rows.Entry(), CancellationToken.None);
        var first = (await store.Audit.ChainAsync(static (head, _) => [Rows.Entry(head)], CancellationToken.None))[0];
        Func<AuditHead, IReadOnlyList<AuditRecord>, IReadOnlyList<AuditRecord>>[] wrong =
        [
            static (head, _) => [Rows.Entry(head with { Sequence = head.Sequence + 1 })],
            static (head, _) => [Rows.Entry(head with { Sequence = head.Sequence - 1 })],
            static (head, _) => [Rows.Entry(head), Rows.Entry(head)],
            static (_, _) => [Rows.Entry()],
            static (head, _) => [Rows.Entry(head) with { PreviousHash = null }],
            static (head, _) => [Rows.Entry(head) with { Mac = [] }],
            static (head, unchained) => [Rows.Chained(unchained[0] with { Actor = "another" }, head)],
            (head, _) => [Rows.Entry(head) with { AuditId = first.AuditId }],
        ];

        foreach (var make in wrong)
        {
            await Assert.ThrowsAsync<ArgumentException>(() => store.Audit.ChainAsync(make, CancellationToken.None));
        }

        await Assert.ThrowsAsync<ArgumentException>(() => store.Audit.AddAsync(first, CancellationToken.None));
        RowAssert.Equal(first, Assert.Single(await store.Audit.ReadAsync(0, 10, CancellationToken.None)));
        Assert.Single(await store.Audit.ReadUnchainedAsync("", 10, CancellationToken.None));
    }

    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task Read_InPages_GivesEachEntryOnce(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var store = await host.OpenCreatedAsync();
        for (var count = 0; count < 7; count++)
        {
            await store.Audit.AddAsync(Rows.Entry() with { AuditId = $"{(char)('a' + count)}" }, CancellationToken.None);
        }

        await store.Audit.ChainAsync(static (head, _) => [.. Enumerable.Range(0, 7).Select(index => Rows.Entry(head with { Sequence = index }))], CancellationToken.None);

        Assert.Equal([1L, 2, 3], (await store.Audit.ReadAsync(0, 3, CancellationToken.None)).Select(static entry => entry.Sequence!.Value));
        Assert.Equal([4L, 5, 6], (await store.Audit.ReadAsync(3, 3, CancellationToken.None)).Select(static entry => entry.Sequence!.Value));
        Assert.Equal([7L], (await store.Audit.ReadAsync(6, 3, CancellationToken.None)).Select(static entry => entry.Sequence!.Value));
        Assert.Equal(["c", "d", "e"], (await store.Audit.ReadUnchainedAsync("b", 3, CancellationToken.None)).Select(static entry => entry.AuditId));
        Assert.Empty(await store.Audit.ReadUnchainedAsync("g", 3, CancellationToken.None));
        foreach (var limit in new[] { 0, 5_001 })
        {
            await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => store.Audit.ReadAsync(0, limit, CancellationToken.None));
            await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => store.Audit.ReadUnchainedAsync("", limit, CancellationToken.None));
        }
    }

    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task TryInsertKey_WithAnEntry_WritesBothOrNeither(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var store = await host.OpenCreatedAsync();
        var entry = Rows.Entry();

        Assert.True(await store.TryInsertKeyAsync(Rows.NewKey("clinic-a") with { Entry = entry }, CancellationToken.None));
        Assert.False(await store.TryInsertKeyAsync(Rows.NewKey("clinic-a") with { Entry = Rows.Entry() }, CancellationToken.None));
        await Assert.ThrowsAsync<ArgumentException>(() => store.TryInsertKeyAsync(Rows.NewKey("clinic-b") with { Entry = Rows.Entry(new AuditHead(0, null)) }, CancellationToken.None));

        RowAssert.Equal(entry, Assert.Single(await store.Audit.ReadUnchainedAsync("", 10, CancellationToken.None)));
        Assert.Empty(await store.Audit.ReadAsync(0, 10, CancellationToken.None));
    }

    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task TryChange_WithEntries_WritesAllOrNothing(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var store = await host.OpenCreatedAsync();
        var row = Rows.NewKey("clinic-a");
        Assert.True(await store.TryInsertKeyAsync(row, CancellationToken.None));
        var entry = Rows.Entry();
        KeyChange Suspend(long generation) =>
            new(Rows.Next(row.Tenant!, generation), [Rows.Next(row.Key, KeyState.Suspended)], Chain: static head => [Rows.Entry(head)], Entry: entry);

        await Assert.ThrowsAsync<ArgumentException>(() => store.TryChangeAsync(generation => Suspend(generation) with { Chain = static _ => [Rows.Entry()] }, CancellationToken.None));
        await Assert.ThrowsAsync<NotSupportedException>(() => store.TryChangeAsync(generation => Suspend(generation) with { Chain = static _ => throw new NotSupportedException() }, CancellationToken.None));
        Assert.Equal(1, (await store.ReadTenantAsync("clinic-a", CancellationToken.None)).Tenant!.RowVersion);

        Assert.True(await store.TryChangeAsync(Suspend, CancellationToken.None));
        Assert.False(await store.TryChangeAsync(generation => Suspend(generation) with { Entry = Rows.Entry() }, CancellationToken.None));

        Assert.Single(await store.Audit.ReadAsync(0, 10, CancellationToken.None));
        RowAssert.Equal(entry, Assert.Single(await store.Audit.ReadUnchainedAsync("", 10, CancellationToken.None)));
        Assert.Equal(KeyState.Suspended, (await store.ReadTenantAsync("clinic-a", CancellationToken.None)).Keys[0].State);
    }

    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task TryChange_OfManyTenantsAtOnce_ChainsWithoutAGap(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var store = await host.OpenCreatedAsync();
        var rows = Enumerable.Range(0, 12).Select(static tenant => Rows.NewKey($"clinic-{tenant}")).ToList();
        foreach (var row in rows)
        {
            Assert.True(await store.TryInsertKeyAsync(row, CancellationToken.None));
        }

        var done = await Task.WhenAll(rows.Select(row => Task.Run(() => host.Open().TryChangeAsync(
            generation => new KeyChange(Rows.Next(row.Tenant!, generation), [], Chain: static head => [Rows.Entry(head), Rows.Entry(head with { Sequence = head.Sequence + 1 })]),
            CancellationToken.None))));

        Assert.All(done, Assert.True);
        var chain = await store.Audit.ReadAsync(0, 100, CancellationToken.None);
        Assert.Equal(Enumerable.Range(1, 24).Select(static number => (long?)number), chain.Select(static entry => entry.Sequence));
    }

    private static async Task<AuditRecord?> HeadAsync(IKeyStore store)
    {
        AuditRecord? last = null;
        await store.Audit.ChainAsync(
            (head, _) =>
            {
                last = head.Last;
                return [];
            },
            CancellationToken.None);
        return last;
    }
}
