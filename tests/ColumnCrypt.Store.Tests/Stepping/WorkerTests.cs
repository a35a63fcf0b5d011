using ColumnCrypt.Adopting;
using ColumnCrypt.Jobs;
using ColumnCrypt.Lifecycle;
using ColumnCrypt.Manifest;
using ColumnCrypt.Metadata;
using ColumnCrypt.Reencrypting;
using ColumnCrypt.Stepping;
using ColumnCrypt.Store.Tests.Hosts;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace ColumnCrypt.Store.Tests.Stepping;

/// <summary>The hosted worker runs the jobs over rows that were queued for it.</summary>
public sealed class WorkerTests
{
    public static TheoryData<string> Databases => Ward.Databases;

    [Theory, MemberData(nameof(Databases))]
    public async Task Worker_WithTheDatabase_RunsQueuedJobsToTheirEnd_AndLeavesThoseOfOthers(string database)
    {
        await using var ward = await MakeAsync(database, rows: 60);
        var keys = ward.Instance.Keys;
        var old = await ward.ActiveAsync("acme");
        await keys.CompromiseAsync(old, "a test");
        var moving = await keys.AddReencryptJobAsync(new ReencryptOptions { Verify = true }, ward.Database);
        var adopting = await keys.AddAdoptJobAsync(new AdoptOptions("people.note_encrypted"), ward.Database);
        var elsewhere = await keys.AddReencryptJobAsync(new ReencryptOptions(), "another");

        await using (await Node.StartAsync(ward, new StepOptions()))
        {
            await Eventually.UntilAsync(async () => (await StateAsync(ward, moving), await StateAsync(ward, adopting)) == (JobState.Completed, JobState.Completed));
        }

        Assert.Equal(JobState.Ready, await StateAsync(ward, elsewhere));
        Assert.Empty((await keys.ReencryptAsync(new ReencryptOptions { DryRun = true }, ward.Data)).Left);
        Assert.Equal(60, await ward.CountAsync("SELECT count(*) FROM people WHERE length(note_encrypted) > 0"));
        var next = await Assert.ThrowsAsync<KeyStateException>(() => keys.AdoptAsync(new AdoptOptions("people.note_encrypted"), ward.Data));
        Assert.Contains("is Verified", next.Message, StringComparison.Ordinal);
        Assert.Equal(KeyState.Destroyed, (await keys.DestroyAsync(old, "emptied", ward.Data)).State);
    }

    [Theory, MemberData(nameof(Databases))]
    public async Task Worker_ThatShutsDownInsideAJob_GivesItBack_AndAnotherGoesOnBehindItsLastBatch(string database)
    {
        await using var ward = await MakeAsync(database, rows: 200);
        await ward.Instance.Keys.CompromiseAsync(await ward.ActiveAsync("acme"), "a test");
        var job = await ward.Instance.Keys.AddReencryptJobAsync(new ReencryptOptions(), ward.Database);

        await using (await Node.StartAsync(ward, new StepOptions { MaxPerSecond = 40 }))
        {
            await Eventually.UntilAsync(async () => (await FindAsync(ward, job)).Processed > 0);
        }

        var left = await FindAsync(ward, job);
        Assert.Equal(JobState.Ready, left.State);
        Assert.InRange(left.Processed, 1, 199);
        var old = Assert.Single((await ward.Instance.Keys.ReencryptAsync(new ReencryptOptions { DryRun = true }, ward.Data)).Left);
        Assert.Equal(200 - left.Processed, old.Values);

        await using (await Node.StartAsync(ward, new StepOptions()))
        {
            await Eventually.UntilAsync(async () => await StateAsync(ward, job) == JobState.Completed);
        }

        var done = await FindAsync(ward, job);
        Assert.Equal((200, 200, 0), (done.Processed, done.Succeeded, done.Failed));
        Assert.NotEqual(left.LeaseOwner, done.LeaseOwner);
        Assert.Empty((await ward.Instance.Keys.ReencryptAsync(new ReencryptOptions { DryRun = true }, ward.Data)).Left);
    }

    // A walk may take days.
    [Fact]
    public async Task Worker_InASlowWalk_DestroysWhatIsDueMeanwhile()
    {
        await using var ward = await MakeAsync("sqlite", rows: 50);
        await ward.EncryptAsync("brown", "people.name", "x");
        await ward.Instance.Keys.CompromiseAsync(await ward.ActiveAsync("acme"), "a test");
        var job = await ward.Instance.Keys.AddReencryptJobAsync(new ReencryptOptions(), ward.Database);

        await using var node = await Node.StartAsync(ward, new StepOptions { MaxPerSecond = 0.5 });
        await Eventually.UntilAsync(async () => (await FindAsync(ward, job)).Processed > 0);
        await ward.Instance.Keys.ScheduleShredAsync("brown", "a test", TimeSpan.Zero);
        await Eventually.UntilAsync(async () => (await ward.Instance.Keys.FindTenantAsync("brown"))!.State == TenantState.Shredded);
        Assert.Equal(JobState.Running, await StateAsync(ward, job));
    }

    private static async Task<Ward> MakeAsync(string database, int rows)
    {
        var ward = await Ward.CreateAsync(database);
        await ward.ExecuteAsync($"CREATE TABLE people (id integer PRIMARY KEY, name {ward.Bytes} NOT NULL, note text, note_encrypted {ward.Bytes} NOT NULL DEFAULT {(ward.IsPostgreSql ? "''" : "x''")})");
        await ward.RegisterAsync(
            ward.Column("people", "name"),
            ward.Column("people", "note_encrypted") with { Adoption = new ColumnAdoption { PlainColumn = "note", Tenant = RowTenant.Always("acme") }.ToJson() });
        for (int i = 0; i < rows; i++)
        {
            await ward.ExecuteAsync("INSERT INTO people (id, name, note) VALUES (@id, @name, 'note')", ("id", i), ("name", await ward.EncryptAsync("acme", "people.name", "name")));
        }

        return ward;
    }

    private static async Task<JobInfo> FindAsync(Ward ward, JobInfo job) => (await ward.Instance.Keys.ListJobsAsync()).Single(one => one.JobId == job.JobId);

    private static async Task<JobState> StateAsync(Ward ward, JobInfo job) => (await FindAsync(ward, job)).State;

    /// <summary>The services of a process with a KEK identity, and their hosted worker, which stops as a host stops it.</summary>
    private sealed class Node(ServiceProvider services) : IAsyncDisposable
    {
        public static async Task<Node> StartAsync(Ward ward, StepOptions steps)
        {
            var services = new ServiceCollection();
            string actor = Guid.NewGuid().ToString("N");
            services.AddColumnCrypt(cc =>
            {
                ward.Configure(cc);
                cc.UseActor(actor);
            });
            services.AddColumnCryptWorker(options =>
            {
                options.Interval = TimeSpan.FromSeconds(1);
                options.Data = name => name == ward.Database ? ward.Data : null;
                options.Steps = steps;
            });
            var node = new Node(services.BuildServiceProvider());
            await node.Worker.StartAsync(TestContext.Current.CancellationToken);
            return node;
        }

        private IHostedService Worker => services.GetRequiredService<IHostedService>();

        public async ValueTask DisposeAsync()
        {
            await Worker.StopAsync(CancellationToken.None);
            await services.DisposeAsync();
        }
    }
}
