using ColumnCrypt.Configuration;
using ColumnCrypt.Format;
using ColumnCrypt.Jobs;
using ColumnCrypt.Kek;
using ColumnCrypt.Lifecycle;
using ColumnCrypt.Metadata;
using ColumnCrypt.PostgreSql;
using ColumnCrypt.Quartz.TestHost;
using ColumnCrypt.Reencrypting;
using ColumnCrypt.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using Quartz;

namespace ColumnCrypt.Quartz.Tests;

/// <summary>A re-encryption on a Quartz cluster.</summary>
public sealed class RowJobTests : IAsyncLifetime
{
    private const string Passphrase = "a passphrase for tests";
    private const int Rows = 300;

    private readonly TempFolder _folder = new();
    private readonly string _connection = PostgreSqlServer.Shared.CreateDatabase();
    private ColumnCryptInstance _operator = null!;
    private NpgsqlDataSource _data = null!;
    private JobInfo _job = null!;

    private string Kek => $"file:{_folder.File("kek.json")}";

    private string Database => new NpgsqlConnectionStringBuilder(_connection).Database!;

    public async ValueTask InitializeAsync()
    {
        Environment.SetEnvironmentVariable("COLUMNCRYPT_PASSPHRASE", Passphrase);
        FileKek.Create(_folder.File("kek.json"), Passphrase, new FileKekOptions { Iterations = 100_000 });
        _data = NpgsqlDataSource.Create(_connection);
        _operator = ColumnCryptInstance.Create(cc =>
        {
            (cc.Bounds.RevocationBound, cc.Bounds.PollInterval) = (TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(100));
            cc.UseKek(Kek).UsePostgreSqlKeyStore(_connection, static store => store.CreateTables = true);
        });
        await _operator.Keys.InitAsync();
        await ExecuteAsync("CREATE TABLE people (id integer PRIMARY KEY, name bytea NOT NULL)");
        await _operator.RegisterColumnsAsync(
            "acme",
            Database,
            [new ColumnRecord { Database = Database, Schema = "public", Table = "people", Column = "name", Purpose = "people.name", Codec = "text", KeyColumns = """["id"]""" }],
            TestContext.Current.CancellationToken);
        using (var lease = await _operator.AcquireRingAsync("acme", Rows, TestContext.Current.CancellationToken))
        {
            for (int i = 0; i < Rows; i++)
            {
                await ExecuteAsync("INSERT INTO people VALUES ($1, $2)", i, lease.Encrypt("people.name", $"{i}", ValueCodecs.For<string>()));
            }
        }

        await _operator.Keys.CompromiseAsync((await _operator.Keys.ListKeysAsync("acme")).Single(static key => key.State == KeyState.Active).KeyId, "a test");
        _job = await _operator.Keys.AddReencryptJobAsync(new ReencryptOptions(), Database);
    }

    [Fact]
    public async Task Job_WhoseNodeIsKilled_IsFinishedByAnother()
    {
        using (var host = FleetNode.Build(_connection, Kek, Kek, "scheduler"))
        {
            var scheduler = await host.Services.GetRequiredService<ISchedulerFactory>().GetScheduler();
            var key = await scheduler.ScheduleRowJobAsync(_job, Database);
            Assert.Equal(key, await scheduler.ScheduleRowJobAsync(_job, Database));
            Assert.Equal(["database", "jobId"], (await scheduler.GetJobDetail(key))!.JobDataMap.Keys.Order(StringComparer.Ordinal));
            await scheduler.Shutdown();
        }

        await using (var first = await StartAsync("one", rate: 40))
        {
            await UntilAsync(async () => (await FindAsync()).Processed > 0);
            await first.KillAsync();
        }

        long killedAt = (await FindAsync()).Processed;
        Assert.InRange(killedAt, 1, Rows - 1);
        await using var second = await StartAsync("two", rate: 10_000);
        await UntilAsync(async () => (await FindAsync()).State == JobState.Completed);
        await AssertMovedAsync();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("0/2 * * * * ?")]
    public async Task Job_PausedAndInterrupted_StandsStill_AndGoesOnBehindItsLastBatch(string? cron)
    {
        using var host = FleetNode.Build(_connection, Kek, Kek, "one", rowsPerSecond: 40);
        await host.StartAsync(TestContext.Current.CancellationToken);
        var scheduler = await host.Services.GetRequiredService<ISchedulerFactory>().GetScheduler();
        var key = await scheduler.ScheduleRowJobAsync(_job, Database, cron);
        await UntilAsync(async () => (await FindAsync()).Processed > 0);

        await scheduler.PauseJob(key);
        await scheduler.Interrupt(key);
        await UntilAsync(async () => (await FindAsync()).State == JobState.Ready);
        long stood = (await FindAsync()).Processed;
        Assert.InRange(stood, 1, Rows - 1);
        await Task.Delay(3_000, TestContext.Current.CancellationToken);
        Assert.Equal((stood, JobState.Ready), (await FindAsync()) is var still ? (still.Processed, still.State) : default);

        // One that was to begin at once has had its time, and is scheduled anew.
        await scheduler.ResumeJob(key);
        Assert.Equal(cron is not null, await scheduler.Exists(key));
        await scheduler.ScheduleRowJobAsync(_job, Database, cron);
        await UntilAsync(async () => (await FindAsync()).State == JobState.Completed);
        await AssertMovedAsync();
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Job_OfACronExpression_BeginsByIt_AndEndsWithTheJob()
    {
        using var host = FleetNode.Build(_connection, Kek, Kek, "one", rowsPerSecond: 10_000);
        await host.StartAsync(TestContext.Current.CancellationToken);
        var scheduler = await host.Services.GetRequiredService<ISchedulerFactory>().GetScheduler();
        await Assert.ThrowsAnyAsync<FormatException>(() => scheduler.ScheduleRowJobAsync(_job, Database, "every night"));
        var key = await scheduler.ScheduleRowJobAsync(_job, Database, "0/2 * * * * ?");

        await UntilAsync(async () => (await FindAsync()).State == JobState.Completed);
        await UntilAsync(async () => !await scheduler.Exists(key));
        await AssertMovedAsync();
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    // It would fail with every firing, and say so in the audit each time.
    [Theory]
    [InlineData(null)]
    [InlineData("0/1 * * * * ?")]
    public async Task Job_ThatALastingErrorStopped_IsLeftAloneUntilItIsApproved_AndOneThatIsWithdrawnIsUnscheduled(string? cron)
    {
        var gone = await _operator.Keys.AddReencryptJobAsync(new ReencryptOptions { Columns = new HashSet<string> { "people.gone" } }, Database);
        using var host = FleetNode.Build(_connection, Kek, Kek, "one", rowsPerSecond: 10_000);
        await host.StartAsync(TestContext.Current.CancellationToken);
        var scheduler = await host.Services.GetRequiredService<ISchedulerFactory>().GetScheduler();
        var key = await scheduler.ScheduleRowJobAsync(gone, Database, cron);
        await UntilAsync(async () => (await _operator.Keys.FindJobAsync(gone.JobId))!.State == JobState.Stopped);
        long stood = await CountStopsAsync();
        if (cron is null)
        {
            // As its repetition does, sooner.
            await scheduler.TriggerJob(key);
        }

        await Task.Delay(3_000, TestContext.Current.CancellationToken);
        Assert.Equal((stood, true), (await CountStopsAsync(), stood > 0));

        await _operator.Keys.ApproveJobAsync(gone.JobId);
        if (cron is null)
        {
            await scheduler.TriggerJob(key);
        }

        await UntilAsync(async () => await CountStopsAsync() > stood);
        await UntilAsync(async () => (await _operator.Keys.FindJobAsync(gone.JobId))!.State == JobState.Stopped);
        await _operator.Keys.CancelJobAsync(gone.JobId);
        if (cron is not null)
        {
            await UntilAsync(async () => !await scheduler.Exists(key));
        }

        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    private async Task<long> CountStopsAsync()
    {
        await using var command = _data.CreateCommand("SELECT count(*) FROM columncrypt_audit WHERE action = 'job.stop'");
        return (long)(await command.ExecuteScalarAsync())!;
    }

    public async ValueTask DisposeAsync()
    {
        _operator.Dispose();
        await _data.DisposeAsync();
        _folder.Dispose();
    }

    private Task<NodeProcess> StartAsync(string name, double rate) => NodeProcess.StartAsync(_connection, Kek, Kek, $"{name}-{Guid.NewGuid():N}", Passphrase, rate);

    private async Task<JobInfo> FindAsync() => (await _operator.Keys.ListJobsAsync()).Single(job => job.JobId == _job.JobId);

    // Each row once, whoever moved it.
    private async Task AssertMovedAsync()
    {
        var done = await FindAsync();
        Assert.Equal((Rows, Rows, 0), (done.Processed, done.Succeeded, done.Failed));
        Assert.Empty((await _operator.Keys.ReencryptAsync(new ReencryptOptions { DryRun = true }, _data)).Left);
        using var lease = await _operator.AcquireRingAsync("acme", 0, TestContext.Current.CancellationToken);
        await using var command = _data.CreateCommand("SELECT id, name FROM people");
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            Assert.Equal($"{reader.GetInt32(0)}", lease.Decrypt("people.name", (byte[])reader[1], ValueCodecs.For<string>()));
        }
    }

    private async Task ExecuteAsync(string sql, params object[] values)
    {
        await using var command = _data.CreateCommand(sql);
        command.Parameters.AddRange(values.Select(static value => new NpgsqlParameter { Value = value }).ToArray());
        await command.ExecuteNonQueryAsync();
    }

    private static async Task UntilAsync(Func<Task<bool>> happened)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!await happened())
        {
            await Task.Delay(50, limit.Token);
        }
    }
}
