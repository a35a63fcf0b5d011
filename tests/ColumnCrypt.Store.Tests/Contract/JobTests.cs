using ColumnCrypt.Metadata;
using ColumnCrypt.Store.Tests.Hosts;
using Xunit;

namespace ColumnCrypt.Store.Tests.Contract;

public sealed class JobTests
{
    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task TryAdd_OfAFullAndAnEmptyRow_GivesThemBack(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var store = await host.OpenCreatedAsync();
        var odd = Rows.Time.AddTicks(1_234_567);
        var full = Rows.Job(JobState.Running) with
        {
            Target = """{"to":"test:neu/ä"}""", Cursor = "00ff", Processed = 1L << 40, Succeeded = 7, Failed = 8, LeaseOwner = "host/1", LeaseUntil = odd,
            FencingToken = 1L << 41, RequestedAt = odd,
        };
        var requested = Rows.Job(JobState.Requested);

        Assert.True(await store.Jobs.TryAddAsync(full, static head => [Rows.Entry(head)], CancellationToken.None));
        Assert.True(await store.Jobs.TryAddAsync(requested, null, CancellationToken.None));
        Assert.False(await store.Jobs.TryAddAsync(full with { Kind = "shred" }, static head => [Rows.Entry(head)], CancellationToken.None));

        var read = await host.Open().Jobs.FindAsync(full.JobId, CancellationToken.None);
        RowAssert.Equal(full, read);
        RowAssert.Equal(requested, await store.Jobs.FindAsync(requested.JobId, CancellationToken.None));
        Assert.Null(await store.Jobs.FindAsync("nobody", CancellationToken.None));
        Assert.Single(await store.Audit.ReadAsync(0, 10, CancellationToken.None));
    }

    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task TryUpdate_ByManyWorkersAtOnce_SucceedsOncePerRowVersion(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var store = await host.OpenCreatedAsync();
        var job = Rows.Job();
        Assert.True(await store.Jobs.TryAddAsync(job, null, CancellationToken.None));

        var won = await Task.WhenAll(Enumerable.Range(0, 10).Select(worker => Task.Run(() => host.Open().Jobs.TryUpdateAsync(
            job with { State = JobState.Running, RowVersion = 2, FencingToken = 1, LeaseOwner = $"worker-{worker}" }, static head => [Rows.Entry(head)], CancellationToken.None))));

        Assert.Single(won, static result => result);
        Assert.Single(await store.Audit.ReadAsync(0, 100, CancellationToken.None));
        Assert.Equal($"worker-{Array.IndexOf(won, true)}", (await store.Jobs.FindAsync(job.JobId, CancellationToken.None))!.LeaseOwner);
        Assert.False(await store.Jobs.TryUpdateAsync(job with { RowVersion = 4 }, null, CancellationToken.None));
        Assert.False(await store.Jobs.TryUpdateAsync(Rows.Job() with { RowVersion = 2 }, null, CancellationToken.None));
        await Assert.ThrowsAsync<ArgumentException>(() => store.Jobs.TryUpdateAsync(job with { RowVersion = 3 }, static _ => [Rows.Entry()], CancellationToken.None));
        Assert.Equal(2, (await store.Jobs.FindAsync(job.JobId, CancellationToken.None))!.RowVersion);
    }

    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task Read_InPages_GivesEachJobOnce(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var store = await host.OpenCreatedAsync();
        foreach (var id in new[] { "c", "a", "B", "d" })
        {
            Assert.True(await store.Jobs.TryAddAsync(Rows.Job() with { JobId = id }, null, CancellationToken.None));
        }

        Assert.Equal(["B", "a"], (await store.Jobs.ReadAsync("", 2, CancellationToken.None)).Select(static job => job.JobId));
        Assert.Equal(["c", "d"], (await store.Jobs.ReadAsync("a", 2, CancellationToken.None)).Select(static job => job.JobId));
        Assert.Empty(await store.Jobs.ReadAsync("d", 2, CancellationToken.None));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => store.Jobs.ReadAsync("", 0, CancellationToken.None));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => store.Jobs.ReadAsync("", 5_001, CancellationToken.None));
    }

    [Theory, MemberData(nameof(KeyStoreHosts.All), MemberType = typeof(KeyStoreHosts))]
    public async Task ReportNode_OverAnEarlierReport_KeepsTheLatest(string name)
    {
        await using var host = KeyStoreHosts.Create(name);
        var store = await host.OpenCreatedAsync();
        var (old, live) = (Rows.Node(Rows.Time), Rows.Node(Rows.Time));
        var again = live with { SeenAt = Rows.Time.AddMinutes(5), Keks = """["test:kek","test:new"]""", Mac = Rows.Node(Rows.Time).Mac };
        foreach (var node in new[] { old, live, again })
        {
            await store.Jobs.ReportNodeAsync(node, CancellationToken.None);
        }

        Assert.Equal(2, (await store.Jobs.ReadNodesAsync(Rows.Time, CancellationToken.None)).Count);
        RowAssert.Equal(again, Assert.Single(await store.Jobs.ReadNodesAsync(again.SeenAt, CancellationToken.None)));
        Assert.Empty(await store.Jobs.ReadNodesAsync(again.SeenAt.AddMilliseconds(1), CancellationToken.None));

        await store.Jobs.RemoveNodesAsync(again.SeenAt, CancellationToken.None);
        RowAssert.Equal(again, Assert.Single(await store.Jobs.ReadNodesAsync(DateTimeOffset.UnixEpoch, CancellationToken.None)));
    }
}
