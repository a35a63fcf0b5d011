using ColumnCrypt.Configuration;
using ColumnCrypt.Format;
using ColumnCrypt.Kek;
using ColumnCrypt.Lifecycle;
using ColumnCrypt.Metadata;
using ColumnCrypt.PostgreSql;
using ColumnCrypt.Quartz.TestHost;
using ColumnCrypt.Rewrap;
using ColumnCrypt.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Quartz;

namespace ColumnCrypt.Quartz.Tests;

// Must hold 1 of the life of keys, as a Quartz cluster of two nodes. COLUMNCRYPT_LONG=1: 100,000 keys and ten kills.
public sealed class ClusterTests
{
    private const string Passphrase = "a passphrase for tests";

    [Fact]
    public async Task Rewrap_OnAClusterWhoseNodesAreKilled_MovesEveryKey()
    {
        bool isLong = Environment.GetEnvironmentVariable("COLUMNCRYPT_LONG") == "1";
        var (count, kills) = isLong ? (100_000, 10) : (10_000, 3);
        using var folder = new TempFolder();
        Environment.SetEnvironmentVariable("COLUMNCRYPT_PASSPHRASE", Passphrase);
        var (oldKek, newKek) = (MakeKek(folder, "old.json"), MakeKek(folder, "new.json"));
        string connectionString = PostgreSqlServer.Shared.CreateDatabase();
        using var store = PostgreSqlKeyStore.Open(connectionString, new PostgreSqlKeyStoreOptions { CreateTables = true });
        await store.CreateTablesAsync(default);
        var values = await ManyKeys.FillAsync(store, count, cc => cc.UseKek(oldKek));

        using (var host = FleetNode.Build(connectionString, oldKek, newKek, "scheduler"))
        {
            // Makes Quartz's tables and schedules; takes no part in the work itself.
            var scheduler = await host.Services.GetRequiredService<ISchedulerFactory>().GetScheduler();
            var jobs = await scheduler.ScheduleRewrapAsync(host.Services.GetRequiredService<IKeyManager>(), new RewrapOptions(newKek) { BatchSize = 100, MaxPerSecond = count / 8.0 }, partitions: 8);
            Assert.Equal(8, jobs.Count);
            var data = (await scheduler.GetJobDetail(jobs[0]))!.JobDataMap;
            Assert.Equal(["batchSize", "jobId", "maxPerSecond"], data.Keys.Order(StringComparer.Ordinal));
            await scheduler.Shutdown();
        }

        using var reader = ColumnCryptInstance.Create(cc => cc.UseKek(newKek).AllowKek(oldKek).UsePostgreSqlKeyStore(connectionString));
        await using (var first = new Restarting(() => NodeProcess.StartAsync(connectionString, oldKek, newKek, $"one-{Guid.NewGuid():N}", Passphrase)))
        await using (var second = new Restarting(() => NodeProcess.StartAsync(connectionString, oldKek, newKek, $"two-{Guid.NewGuid():N}", Passphrase)))
        {
            await first.StartAsync();
            await second.StartAsync();
            var random = new Random(7);
            for (int kill = 1; kill <= kills; kill++)
            {
                await UntilAsync(async () => await MovedAsync(reader) >= (long)count * kill / (kills + 2));
                await (kill % 2 == 0 ? first : second).KillAndRestartAsync(TimeSpan.FromMilliseconds(random.Next(300)));
            }

            await UntilAsync(async () => await MovedAsync(reader) == count + 1);
            await UntilAsync(async () => (await reader.Keys.ListJobsAsync()).Count(static job => job.State == JobState.Completed) == 8);
        }

        Assert.Equal(count + 1, (await reader.Keys.ListJobsAsync()).Sum(static job => job.Succeeded));
        Assert.True((await reader.Keys.VerifyAuditAsync()).IsValid);
        await reader.Keys.RewrapAsync(new RewrapOptions(newKek) { Phase = RewrapPhase.Drop, Force = true, BatchSize = 1_000 });
        using var fresh = ColumnCryptInstance.Create(cc => cc.UseKek(newKek).UsePostgreSqlKeyStore(connectionString));
        int wrong = 0;
        foreach (var (tenant, value) in values.Where((_, i) => i % (isLong ? 10 : 1) == 0))
        {
            using var lease = await fresh.AcquireRingAsync(tenant, 0, default);
            wrong += lease.Decrypt("p", value, ValueCodecs.For<string>()) == tenant ? 0 : 1;
        }

        Assert.Equal(0, wrong);
        Assert.Equal(count + 1, (await fresh.Keys.GetStatusAsync()).Counts.Wraps[newKek]);
        Assert.DoesNotContain(oldKek, (await fresh.Keys.GetStatusAsync()).Counts.Wraps.Keys);

        async Task<long> MovedAsync(ColumnCryptInstance instance) => (await instance.Keys.GetStatusAsync()).Counts.Wraps.GetValueOrDefault(newKek);
    }

    private static string MakeKek(TempFolder folder, string name)
    {
        FileKek.Create(folder.File(name), Passphrase, new FileKekOptions { Iterations = 100_000 });
        return $"file:{folder.File(name)}";
    }

    private static async Task UntilAsync(Func<Task<bool>> happened)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        while (!await happened())
        {
            await Task.Delay(50, limit.Token);
        }
    }

    private sealed class Restarting(Func<Task<NodeProcess>> start) : IAsyncDisposable
    {
        private NodeProcess? _node;

        public async Task StartAsync() => _node = await start();

        public async Task KillAndRestartAsync(TimeSpan after)
        {
            await Task.Delay(after);
            await _node!.KillAsync();
            await _node.DisposeAsync();
            await StartAsync();
        }

        public ValueTask DisposeAsync() => _node?.DisposeAsync() ?? ValueTask.CompletedTask;
    }
}
