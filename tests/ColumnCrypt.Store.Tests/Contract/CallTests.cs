using System.Transactions;
using ColumnCrypt.Store.Tests.Hosts;
using Xunit;

namespace ColumnCrypt.Store.Tests.Contract;

// Must hold 5, 7
public sealed class CallTests
{
    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task CreateTables_ByTwentyNodesAtOnce_Succeeds(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => host.Open().CreateTablesAsync(CancellationToken.None))));
        Assert.Equal(0, await host.Open().ReadGenerationAsync(CancellationToken.None));
    }

    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task CreateTables_WhenTheyExist_ChangesNothing(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var store = await host.OpenCreatedAsync();
        var row = Rows.NewKey("clinic-a");
        Assert.True(await store.TryInsertKeyAsync(row, CancellationToken.None));
        Assert.True(await store.TryChangeAsync(generation => new KeyChange(Rows.Next(row.Tenant!, generation), []), CancellationToken.None));

        await host.Open().CreateTablesAsync(CancellationToken.None);

        Assert.Equal(1, await store.ReadGenerationAsync(CancellationToken.None));
        Assert.Single((await store.ReadTenantAsync("clinic-a", CancellationToken.None)).Keys);
    }

    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task TryInsertKey_InAnAmbientTransactionThatRollsBack_LeavesTheKey(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var store = await host.OpenCreatedAsync();
        using (new TransactionScope(TransactionScopeAsyncFlowOption.Enabled))
        {
            var ambient = Transaction.Current;
            Assert.True(await store.TryInsertKeyAsync(Rows.NewKey("clinic-a"), CancellationToken.None));
            Assert.Same(ambient, Transaction.Current);
        }

        Assert.Single((await host.Open().ReadTenantAsync("clinic-a", CancellationToken.None)).Keys);
    }

    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task EveryCall_WhenCancelledBefore_RaisesItAndWritesNothing(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var store = await host.OpenCreatedAsync();
        var row = Rows.NewKey("clinic-a");
        Assert.True(await store.TryInsertKeyAsync(row, CancellationToken.None));
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        foreach (var call in Calls.Of(store).Prepend(store.CreateTablesAsync))
        {
            var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call(cancelled.Token));
            Assert.Equal(cancelled.Token, error.CancellationToken);
        }

        Assert.Null((await store.ReadTenantAsync("clinic-b", CancellationToken.None)).Tenant);
        Assert.Empty(await store.ReadColumnsAsync("clinic", CancellationToken.None));
        Assert.Empty(await store.Audit.ReadAsync(0, 10, CancellationToken.None));
        Assert.Empty(await store.Audit.ReadUnchainedAsync("", 10, CancellationToken.None));
        Assert.Empty(await store.Jobs.ReadAsync("", 10, CancellationToken.None));
        Assert.Equal(0, await store.ReadGenerationAsync(CancellationToken.None));
        RowAssert.Equal(row.Key, (await store.ReadTenantAsync("clinic-a", CancellationToken.None)).Keys[0]);
    }

    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task TryChange_WhenCancelledInItsMiddle_IsDoneWhollyOrNotAtAll(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var store = await host.OpenCreatedAsync();
        var row = Rows.NewKey("clinic-a");
        Assert.True(await store.TryInsertKeyAsync(row, CancellationToken.None));
        using var cancel = new CancellationTokenSource();

        var done = false;
        try
        {
            done = await store.TryChangeAsync(
                generation =>
                {
                    cancel.Cancel();
                    return new KeyChange(Rows.Next(row.Tenant!, generation), [Rows.Next(row.Key, Metadata.KeyState.Destroyed)], DropWraps: true);
                },
                cancel.Token);
        }
        catch (OperationCanceledException error)
        {
            Assert.Equal(cancel.Token, error.CancellationToken);
        }

        Assert.Equal(done ? 1 : 0, await store.ReadGenerationAsync(CancellationToken.None));
        var read = await store.ReadTenantAsync("clinic-a", CancellationToken.None);
        Assert.Equal(done ? 2 : 1, read.Tenant!.RowVersion);
        Assert.Equal(done ? 2 : 1, read.Keys[0].RowVersion);
        Assert.Equal(done ? 0 : 1, read.Wraps.Count);
    }
}
