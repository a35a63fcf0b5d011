using ColumnCrypt.Adopting;
using ColumnCrypt.Jobs;
using ColumnCrypt.Manifest;
using ColumnCrypt.Metadata;
using ColumnCrypt.Stepping;
using ColumnCrypt.TestSupport;
using Xunit;

namespace ColumnCrypt.Store.Tests.Stepping;

/// <summary>A job of an adoption is for the column as it stood: a row that somebody puts back does nothing, and a run that died goes on.</summary>
public sealed class PutBackTests
{
    public static TheoryData<string> Databases => Ward.Databases;

    // SPEC-ADOPT-5
    [Theory, MemberData(nameof(Databases))]
    public async Task WayBack_WhoseRowIsPutBackOnceTheColumnHasGoneOn_IsWithdrawn(string database)
    {
        await using var ward = await Notes.MakeAsync(database, 30, AdoptStep.Adopt, AdoptStep.Complete);
        var keys = ward.Instance.Keys;
        var job = await keys.AddAdoptJobAsync(Notes.Options(AdoptStep.Back), ward.Database);
        await ward.ExecuteOnKeysAsync("CREATE TABLE kept AS SELECT * FROM columncrypt_job WHERE job_id = @id", ("id", job.JobId));
        Assert.Equal(JobState.Completed, (await keys.RunRowJobAsync(job.JobId, new StepOptions(), ward.Data)).State);
        Assert.Equal(AdoptionState.Returned, await StateAsync(ward));
        await Notes.TakeAsync(ward, AdoptStep.Adopt, AdoptStep.Complete);

        await ward.ExecuteOnKeysAsync("DELETE FROM columncrypt_job WHERE job_id = @id", ("id", job.JobId));
        await ward.ExecuteOnKeysAsync("INSERT INTO columncrypt_job SELECT * FROM kept");
        Assert.Contains("job.came-back", (await keys.ExamineAsync()).Select(static finding => finding.Code));

        var refused = await Assert.ThrowsAsync<KeyStateException>(() => keys.RunRowJobsAsync(_ => ward.Data, new StepOptions()));
        Assert.Contains("somebody moved it meanwhile", refused.Message, StringComparison.Ordinal);
        Assert.Equal(AdoptionState.Encrypted, await StateAsync(ward));
        var withdrawn = (await keys.ListJobsAsync()).Single(one => one.JobId == job.JobId);
        Assert.Equal(JobState.Cancelled, withdrawn.State);
        Assert.Contains("somebody moved it meanwhile", withdrawn.Reason, StringComparison.Ordinal);
        Assert.Equal(0, await keys.RunRowJobsAsync(_ => ward.Data, new StepOptions()));
        Assert.Equal(0, await ward.CountAsync("SELECT count(*) FROM people WHERE note_encrypted IS NULL OR length(note_encrypted) = 0"));
    }

    // What it fills only would be verified, while an old version writes.
    [Theory, MemberData(nameof(Databases))]
    public async Task Adoption_WhoseRowIsPutBackInALaterOne_IsWithdrawn(string database)
    {
        await using var ward = await Notes.MakeAsync(database, 30, AdoptStep.Adopt, AdoptStep.Back);
        var keys = ward.Instance.Keys;
        var job = await keys.AddAdoptJobAsync(Notes.Options(AdoptStep.Adopt), ward.Database);
        await ward.ExecuteOnKeysAsync("CREATE TABLE kept AS SELECT * FROM columncrypt_job WHERE job_id = @id", ("id", job.JobId));
        await keys.RunRowJobAsync(job.JobId, new StepOptions(), ward.Data);
        await keys.AdoptAsync(Notes.Options(AdoptStep.Back), ward.Data);
        Assert.Equal(AdoptionState.Dual, (await keys.AdoptAsync(Notes.Options(AdoptStep.Adopt) with { FillOnly = true }, ward.Data)).State);

        await ward.ExecuteOnKeysAsync("DELETE FROM columncrypt_job WHERE job_id = @id", ("id", job.JobId));
        await ward.ExecuteOnKeysAsync("INSERT INTO columncrypt_job SELECT * FROM kept");
        await Assert.ThrowsAsync<KeyStateException>(() => keys.RunRowJobsAsync(_ => ward.Data, new StepOptions()));
        Assert.Equal(AdoptionState.Dual, await StateAsync(ward));
    }

    [Theory, MemberData(nameof(Databases))]
    public async Task Run_ThatDiedOnceItHadMovedTheColumn_IsGoneOnWith(string database)
    {
        await using var ward = await Notes.MakeAsync(database, 30, AdoptStep.Adopt, AdoptStep.Complete);
        var back = await InterruptAsync(ward, AdoptStep.Back);
        Assert.Equal(AdoptionState.Returning, await StateAsync(ward));
        Assert.Equal(1, await ward.Instance.Keys.RunRowJobsAsync(_ => ward.Data, new StepOptions()));
        Assert.Equal((JobState.Completed, AdoptionState.Returned), ((await FindAsync(ward, back)).State, await StateAsync(ward)));

        var again = await InterruptAsync(ward, AdoptStep.Adopt);
        Assert.Equal(AdoptionState.Dual, await StateAsync(ward));
        Assert.Equal(again.JobId, (await ward.Instance.Keys.AdoptAsync(Notes.Options(AdoptStep.Adopt), ward.Data)).Job!.JobId);
        Assert.Equal(AdoptionState.Verified, await StateAsync(ward));
    }

    // Of shards, each with a table of the same name.
    [Theory, MemberData(nameof(Databases))]
    public async Task State_PutBackInOneOfTwoDatabases_IsFound(string database)
    {
        await using var ward = await Notes.MakeAsync(database, 3);
        foreach (string name in (string[])["one", "two"])
        {
            using var shard = ColumnCrypt.Configuration.ColumnCryptInstance.Create(cc =>
            {
                ward.Configure(cc);
                cc.NameDatabases(_ => name);
            });
            var column = ward.Column("people", "note_encrypted") with { Database = name, Adoption = new ColumnAdoption { PlainColumn = "note", Tenant = RowTenant.Always("acme") }.ToJson() };
            await shard.RegisterColumnsAsync("acme", name, [column], TestContext.Current.CancellationToken);
            await ward.ExecuteOnKeysAsync($"CREATE TABLE kept_{name} AS SELECT * FROM columncrypt_column WHERE database_name = '{name}'");
            await shard.Keys.AdoptAsync(Notes.Options(AdoptStep.Adopt), ward.Data);
        }

        Assert.DoesNotContain("adoption.audit-differs", (await ward.Instance.Keys.ExamineAsync()).Select(static finding => finding.Code));
        await ward.ExecuteOnKeysAsync("DELETE FROM columncrypt_column WHERE database_name = 'one'");
        await ward.ExecuteOnKeysAsync("INSERT INTO columncrypt_column SELECT * FROM kept_one");
        Assert.Contains("one/", Assert.Single(await ward.Instance.Keys.ExamineAsync(), static finding => finding.Code == "adoption.audit-differs").Message, StringComparison.Ordinal);
    }

    // docs/runbooks/restore-during-an-adoption.md: what the row of the backup says would have NULL believed.
    [Theory, MemberData(nameof(Databases))]
    public async Task Column_WhoseRowIsOlderThanItsLastStep_IsTakenOutAndRegisteredAnew(string database)
    {
        await using var ward = await Notes.MakeAsync(database, 30);
        await ward.ExecuteOnKeysAsync("CREATE TABLE kept AS SELECT * FROM columncrypt_column");
        await Notes.TakeAsync(ward, AdoptStep.Adopt, AdoptStep.Complete, AdoptStep.Clear);

        await ward.ExecuteOnKeysAsync("DELETE FROM columncrypt_column");
        await ward.ExecuteOnKeysAsync("INSERT INTO columncrypt_column SELECT * FROM kept");
        var plain = ward.Column("people", "note_encrypted");
        using var node = ward.Open();
        await node.PrepareAdoptionsAsync("acme", ward.Database, TestContext.Current.CancellationToken);
        Assert.Throws<EncryptionModelException>(() => node.DemandReadable("acme", ward.Database, [(plain.Schema, plain.Table, plain.Column)]));
        await Assert.ThrowsAsync<EncryptionModelException>(() => node.RegisterColumnsAsync("acme", ward.Database, [plain], TestContext.Current.CancellationToken).AsTask());

        await ward.ExecuteOnKeysAsync("DELETE FROM columncrypt_column WHERE database_name = @database AND table_name = 'people' AND column_name = 'note_encrypted'", ("database", ward.Database));
        using var later = ward.Open();
        await later.RegisterColumnsAsync("acme", ward.Database, [plain], TestContext.Current.CancellationToken);
        await later.PrepareAdoptionsAsync("acme", ward.Database, TestContext.Current.CancellationToken);
        later.DemandReadable("acme", ward.Database, [(plain.Schema, plain.Table, plain.Column)]);
        Assert.Equal(Notes.Text(1), await ward.DecryptAsync("acme", Notes.Column, (byte[])(await ward.QueryAsync("SELECT note_encrypted FROM people WHERE id = 1"))[0][0]!));
        Assert.Contains("adoption.audit-differs", (await later.Keys.ExamineAsync()).Select(static finding => finding.Code));
    }

    // Whoever asks has no KEK, and says in his row what he likes.
    [Theory, MemberData(nameof(Databases))]
    public async Task Request_MadeBeforeTheColumnWasMoved_IsWithdrawnAlthoughItIsApproved(string database)
    {
        await using var ward = await Notes.MakeAsync(database, 30);
        var keys = ward.Instance.Keys;
        var asked = await keys.EnqueueAdoptAsync(Notes.Options(AdoptStep.Back), ward.Database);
        await keys.AdoptAsync(Notes.Options(AdoptStep.Adopt), ward.Data);
        await keys.ApproveJobAsync(asked.JobId);
        await Assert.ThrowsAsync<KeyStateException>(() => keys.RunRowJobsAsync(_ => ward.Data, new StepOptions()));
        Assert.Equal((JobState.Cancelled, AdoptionState.Verified), ((await FindAsync(ward, asked)).State, await StateAsync(ward)));
    }

    private static async Task<JobInfo> InterruptAsync(Ward ward, AdoptStep step)
    {
        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ward.Instance.Keys.AdoptAsync(Notes.Options(step) with { MaxPerSecond = 25 }, ward.Data, new Told(stop.Cancel), stop.Token));
        return (await ward.Instance.Keys.ListJobsAsync()).First(static job => job.State == JobState.Ready);
    }

    private static async Task<AdoptionState> StateAsync(Ward ward)
    {
        using var node = ward.Open();
        await node.PrepareAdoptionsAsync("acme", ward.Database, TestContext.Current.CancellationToken);
        return node.FindAdoption("acme", ward.Database, ward.Schema, "people", "note_encrypted", Notes.Column)!.State;
    }

    private static async Task<JobInfo> FindAsync(Ward ward, JobInfo job) => (await ward.Instance.Keys.ListJobsAsync()).Single(one => one.JobId == job.JobId);
}
