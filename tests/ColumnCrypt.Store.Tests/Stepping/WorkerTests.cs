using ColumnCrypt.Adopting;
using ColumnCrypt.Configuration;
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

    // Whoever asks has no KEK: what he writes is run once it is approved, and not before.
    [Theory, MemberData(nameof(Databases))]
    public async Task Job_ThatWasAskedForWithoutAKek_IsRunOnceItIsApproved(string database)
    {
        await using var ward = await MakeAsync(database, rows: 20);
        await ward.Instance.Keys.CompromiseAsync(await ward.ActiveAsync("acme"), "a test");
        await using var clerk = ColumnCryptInstance.Create(cc => ward.UseStore(cc.UseKek("file:/none/of/it")));
        var moving = await clerk.Keys.EnqueueReencryptAsync(new ReencryptOptions(), ward.Database);
        var adopting = await clerk.Keys.EnqueueAdoptAsync(new AdoptOptions("people.note_encrypted"), ward.Database);
        Assert.Equal((JobState.Requested, JobState.Requested), (moving.State, adopting.State));
        var unknown = await Assert.ThrowsAsync<KeyStateException>(() => clerk.Keys.EnqueueAdoptAsync(new AdoptOptions("people.none"), ward.Database));
        Assert.Contains("people.note_encrypted", unknown.Message, StringComparison.Ordinal);
        var form = PlainForm.Of(Format.ValueCodecs.For<string>(), static raw => (string)raw, static text => text);
        await Assert.ThrowsAsync<ArgumentException>(() => clerk.Keys.EnqueueAdoptAsync(new AdoptOptions("people.note_encrypted") { Form = form }, ward.Database));

        Assert.Equal(0, await ward.Instance.Keys.RunRowJobsAsync(_ => ward.Data, new StepOptions()));
        await ward.Instance.Keys.ApproveJobAsync(moving.JobId);
        await ward.Instance.Keys.ApproveJobAsync(adopting.JobId);
        Assert.Equal(2, await ward.Instance.Keys.RunRowJobsAsync(_ => ward.Data, new StepOptions()));
        Assert.Equal((JobState.Completed, JobState.Completed), (await StateAsync(ward, moving), await StateAsync(ward, adopting)));
        Assert.Equal((20, 40), ((await FindAsync(ward, moving)).Succeeded, (await FindAsync(ward, adopting)).Succeeded));
    }

    [Fact]
    public void Options_OutOfTheirBounds_AreAllNamedWhereTheWorkerIsAdded()
    {
        var error = Assert.Throws<EncryptionModelException>(() => new ServiceCollection().AddColumnCryptWorker(options =>
        {
            options.Interval = TimeSpan.FromDays(2);
            options.RepairInterval = TimeSpan.Zero;
            options.MaxRepairsPerSecond = double.NaN;
            options.CheckpointInterval = TimeSpan.MaxValue;
            options.CheckpointEntries = 0;
            options.Steps = new StepOptions { DryRun = true, MaxBatchSize = 20_001, BatchTime = TimeSpan.FromMilliseconds(9), MaxPerSecond = double.NaN, MaxLag = TimeSpan.FromTicks(-1) };
        }));
        Assert.All(
            ["Interval is 1 s to 1 day", "RepairInterval is", "MaxRepairsPerSecond is", "CheckpointInterval is", "CheckpointEntries is", "does not only count", "Steps.MaxBatchSize is 1 to 20,000", "Steps.BatchTime is", "Steps.MaxPerSecond is", "Steps.MaxLag is"],
            one => Assert.Contains(one, error.Message, StringComparison.Ordinal));
        new ServiceCollection().AddColumnCryptWorker();
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

    // It would fail with every round.
    [Theory, MemberData(nameof(Databases))]
    public async Task Job_ThatALastingErrorEnds_IsStoppedWithItsReason_AndOneThatPassesIsTriedAgain(string database)
    {
        await using var ward = await MakeAsync(database, rows: 10);
        var keys = ward.Instance.Keys;
        var early = await keys.AddAdoptJobAsync(new AdoptOptions("people.note_encrypted") { Step = AdoptStep.Clear }, ward.Database);
        var unknown = await keys.AddReencryptJobAsync(new ReencryptOptions { Columns = new HashSet<string> { "people.gone" } }, ward.Database);
        await Assert.ThrowsAsync<KeyStateException>(() => keys.RunRowJobsAsync(_ => ward.Data, new StepOptions()));
        Assert.Equal(0, await keys.RunRowJobsAsync(_ => ward.Data, new StepOptions()));
        var (stopped, other) = (await FindAsync(ward, early), await FindAsync(ward, unknown));
        Assert.Equal((JobState.Stopped, JobState.Stopped), (stopped.State, other.State));
        Assert.Contains("its plaintext is still needed", stopped.Reason, StringComparison.Ordinal);
        Assert.Contains("'people.gone'", other.Reason, StringComparison.Ordinal);

        await keys.AdoptAsync(new AdoptOptions("people.note_encrypted"), ward.Data);
        await Task.Delay(1_100);
        await keys.AdoptAsync(new AdoptOptions("people.note_encrypted") { Step = AdoptStep.Complete }, ward.Data);
        var soon = await keys.AddAdoptJobAsync(new AdoptOptions("people.note_encrypted") { Step = AdoptStep.Clear }, ward.Database);
        var passing = await Assert.ThrowsAsync<KeyStateException>(() => keys.RunRowJobsAsync(_ => ward.Data, new StepOptions()));
        Assert.True(passing.IsTransient);
        Assert.Equal(JobState.Ready, await StateAsync(ward, soon));
        await Task.Delay(1_100);
        Assert.Equal(1, await keys.RunRowJobsAsync(_ => ward.Data, new StepOptions()));
        Assert.Equal((JobState.Completed, JobState.Cancelled), (await StateAsync(ward, soon), await StateAsync(ward, early)));
    }

    // Completed, nobody would look at it again, and the column would stay where it is.
    [Theory, MemberData(nameof(Databases))]
    public async Task Adoption_ThatLeavesARow_IsStoppedWithItsReason_AndOnceApprovedLooksAtAllRowsAgain(string database)
    {
        await using var ward = await Notes.MakeAsync(database, 5);
        await ward.ExecuteAsync(ward.IsPostgreSql
            ? "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$; CREATE TRIGGER no BEFORE UPDATE ON people FOR EACH ROW WHEN (NEW.id = 2) EXECUTE FUNCTION no()"
            : "CREATE TRIGGER no BEFORE UPDATE ON people WHEN NEW.id = 2 BEGIN SELECT RAISE(ABORT, 'no'); END");
        var keys = ward.Instance.Keys;
        var job = await keys.AddAdoptJobAsync(Notes.Options(AdoptStep.Adopt), ward.Database);
        Assert.Equal(1, await keys.RunRowJobsAsync(_ => ward.Data, new StepOptions()));
        var stopped = await FindAsync(ward, job);
        Assert.Equal(JobState.Stopped, stopped.State);
        Assert.Contains("1 rows could not be worked on, and the column stays Dual", stopped.Reason, StringComparison.Ordinal);
        Assert.Equal(0, await keys.RunRowJobsAsync(_ => ward.Data, new StepOptions()));

        await ward.ExecuteAsync(ward.IsPostgreSql ? "DROP TRIGGER no ON people" : "DROP TRIGGER no");
        await keys.ApproveJobAsync(job.JobId);
        Assert.Equal(1, await keys.RunRowJobsAsync(_ => ward.Data, new StepOptions()));
        Assert.Equal(JobState.Completed, await StateAsync(ward, job));
        Assert.Equal(AdoptionState.Verified, (await keys.AdoptAsync(Notes.Options(AdoptStep.Back) with { DryRun = true }, ward.Data)).State);
    }

    // What a process was given wrong is not the job's.
    [Theory, MemberData(nameof(Databases))]
    public async Task Job_RunWithAnotherDatabase_IsRefusedAndStaysReady(string database)
    {
        await using var ward = await MakeAsync(database, rows: 1);
        await using var other = await Ward.CreateAsync(ward.IsPostgreSql ? "sqlite" : "postgresql");
        foreach (var job in new[]
        {
            await ward.Instance.Keys.AddReencryptJobAsync(new ReencryptOptions(), ward.Database), await ward.Instance.Keys.AddAdoptJobAsync(new AdoptOptions("people.note_encrypted"), ward.Database),
        })
        {
            var refused = await Assert.ThrowsAsync<KeyStateException>(() => ward.Instance.Keys.RunRowJobAsync(job.JobId, new StepOptions(), other.Data));
            Assert.Contains(other.Database, refused.Message, StringComparison.Ordinal);
            Assert.Equal(JobState.Ready, await StateAsync(ward, job));
        }
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
