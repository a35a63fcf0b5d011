using ColumnCrypt.Format;
using ColumnCrypt.Kek;
using ColumnCrypt.Lifecycle;
using ColumnCrypt.Metadata;
using ColumnCrypt.Rewrap;
using ColumnCrypt.Tests.Keys;
using ColumnCrypt.TestSupport;

namespace ColumnCrypt.Tests.Lifecycle;

// SPEC-LIFE-5 SPEC-LIFE-6 SPEC-LIFE-7
public sealed class RewrapTests
{
    private static readonly RewrapOptions s_add = new("test:new");
    private static readonly RewrapOptions s_drop = s_add with { Phase = RewrapPhase.Drop };

    [Fact]
    public async Task Rewrap_InTwoRuns_MovesEveryKeyOfEveryState_AndNoValueChanges()
    {
        using var keks = new TwoKeks();
        var values = await FillAsync(keks.Node, 20);
        var keys = keks.Node.Instance.Keys;
        await keys.SuspendAsync(ValueFrame.ReadKeyId(values["t1"], "p"), "test");
        await keys.CompromiseAsync(ValueFrame.ReadKeyId(values["t2"], "p"), "test");
        await keys.ScheduleShredAsync("t3", "test");
        await keys.ScheduleShredAsync("t4", "test");
        await keys.HoldAsync("t4", "test");
        await keys.ShredNowAsync("t5");
        await keys.RotateAsync("t6");
        var operators = keks.Both();

        var dry = await operators.Instance.Keys.RewrapAsync(s_add with { DryRun = true });
        Assert.Null(dry.Job);
        Assert.Equal(22, dry.Processed - dry.Succeeded);
        Assert.Equal(0, keks.New.Wraps);

        var added = await operators.Instance.Keys.RewrapAsync(s_add);
        Assert.Empty(added.Failures);
        Assert.Equal((23, 23, JobState.Completed), (added.Processed, added.Succeeded, added.Job!.State));
        Assert.Equal(22, keks.New.Wraps);
        Assert.Empty((await operators.Instance.Keys.RewrapAsync(s_add)).Failures);
        Assert.Equal(22, keks.New.Wraps);

        await operators.Instance.Keys.RewrapAsync(s_drop);
        using var fresh = keks.OnlyNew();
        foreach (var (tenant, value) in values.Where(static pair => pair.Key is not ("t1" or "t3" or "t4" or "t5")))
        {
            Assert.Equal(tenant, await fresh.DecryptAsync(tenant, value));
        }

        await fresh.Instance.Keys.CancelShredAsync("t3", "test");
        await fresh.Instance.Keys.ResumeAsync(ValueFrame.ReadKeyId(values["t1"], "p"), "test");
        Assert.Equal("t3", await fresh.DecryptAsync("t3", values["t3"]));
        Assert.Equal("t1", await fresh.DecryptAsync("t1", values["t1"]));
        Assert.True((await fresh.Instance.Keys.VerifyAuditAsync()).IsValid);
    }

    [Fact]
    public async Task Drop_WhileALiveNodeHasNotUnwrappedThroughTheNewKek_IsRefused()
    {
        using var keks = new TwoKeks();
        await FillAsync(keks.Node, 3);
        keks.Node.Time.Advance(TimeSpan.FromSeconds(10));
        await Waiting.UntilAsync(async () => (await keks.Node.Instance.Keys.GetStatusAsync()).Nodes.Count == 1);
        var operators = keks.Both();
        await operators.Instance.Keys.RewrapAsync(s_add);
        var error = await Assert.ThrowsAsync<KekInUseException>(() => operators.Instance.Keys.RewrapAsync(s_drop));
        Assert.Contains(Environment.MachineName, error.Message, StringComparison.Ordinal);

        keks.Node.Dispose();
        keks.Node.Time.Advance(TimeSpan.FromMinutes(3));
        Assert.Empty((await operators.Instance.Keys.RewrapAsync(s_drop)).Failures);
    }

    [Fact]
    public async Task Drop_WithoutAVerifiedNewWrap_KeepsTheOldOneAndReportsIt()
    {
        using var keks = new TwoKeks();
        var values = await FillAsync(keks.Node, 3);
        var result = await keks.Both().Instance.Keys.RewrapAsync(s_drop with { Force = true });
        Assert.Equal(4, result.Failures.Count);
        Assert.Equal("t1", await keks.Node.DecryptAsync("t1", values["t1"]));
    }

    [Fact]
    public async Task BadRecord_IsReported_AndTheRestIsDone()
    {
        using var keks = new TwoKeks();
        var values = await FillAsync(keks.Node, 10);
        var bad = ValueFrame.ReadKeyId(values["t3"], "p");
        var operators = keks.Both();
        operators.Store.Pages = page => [.. page.Select(key => key.Key.KeyId == bad
            ? key with { Wraps = [.. key.Wraps.Select(static wrap => wrap with { Wrapped = new byte[60] })] }
            : key)];
        var result = await operators.Instance.Keys.RewrapAsync(s_add);
        Assert.Equal(bad, Assert.Single(result.Failures).KeyId);
        Assert.Equal((11, 10, JobState.Completed), (result.Processed, result.Succeeded, result.Job!.State));
        Assert.Equal(1, result.Job.Failed);
    }

    [Fact]
    public async Task Stopped_GoesOnBehindTheLastBatch()
    {
        using var keks = new TwoKeks();
        await FillAsync(keks.Node, 20);
        var operators = keks.Both();
        using var stop = new CancellationTokenSource();
        var progress = new Told(p =>
        {
            if (p.Processed >= 8)
            {
                stop.Cancel();
            }
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => operators.Instance.Keys.RewrapAsync(s_add with { BatchSize = 4 }, progress, stop.Token));

        // The batch that was prepared while the second one was written is made again.
        Assert.Equal(12, keks.New.Wraps);
        var result = await operators.Instance.Keys.RewrapAsync(s_add with { BatchSize = 4 });
        Assert.Equal((13, 21, 25), (result.Processed, result.Job!.Processed, keks.New.Wraps));
    }

    [Fact]
    public async Task Stopped_UnderALimit_HasPreparedNothingAhead()
    {
        using var keks = new TwoKeks();
        await FillAsync(keks.Node, 20);
        var operators = keks.Both();
        using var stop = new CancellationTokenSource();
        var progress = new Told(_ => stop.Cancel());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => operators.Instance.Keys.RewrapAsync(s_add with { BatchSize = 4, MaxPerSecond = 1_000_000 }, progress, stop.Token));
        Assert.Equal(4, keks.New.Wraps);
    }

    [Fact]
    public async Task Kek_ThatDeniesAgainAndAgain_StopsTheRewrap_AndNothingIsLost()
    {
        using var keks = new TwoKeks();
        var values = await FillAsync(keks.Node, 30);
        var operators = keks.Both();
        keks.New.Failure = KekFailure.Denied;
        var result = await operators.Instance.Keys.RewrapAsync(s_add with { BatchSize = 10 });
        Assert.Equal((JobState.Stopped, 0), (result.Job!.State, result.Processed));
        Assert.Equal(10, result.Failures.Count);
        keks.New.Failure = null;
        Assert.Equal("t1", await keks.Node.DecryptAsync("t1", values["t1"]));
        Assert.Equal(JobState.Completed, (await operators.Instance.Keys.RewrapAsync(s_add)).Job!.State);
    }

    [Fact]
    public async Task Lease_HeldByAnotherProcess_IsRespected_UntilItEnds()
    {
        using var keks = new TwoKeks();
        await FillAsync(keks.Node, 5);
        var (one, two) = (keks.Both(), keks.Both());
        keks.New.Gate = new TaskCompletionSource();
        var running = one.Instance.Keys.RewrapAsync(s_add);
        await Waiting.UntilAsync(() => keks.New.Wraps > 0);
        await Assert.ThrowsAsync<KeyStateException>(() => two.Instance.Keys.RewrapAsync(s_add));

        // The first one sleeps past its lease: the second takes over, and the first can write nothing more.
        keks.Node.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.Single(await two.Instance.Keys.ListJobsAsync(), static job => job.State == JobState.Running);
        await two.Instance.Keys.CancelJobAsync((await two.Instance.Keys.ListJobsAsync()).Single().JobId);
        keks.New.Gate.SetResult();
        await Assert.ThrowsAsync<KeyStateException>(() => running);
        Assert.All(await keks.Node.Tables.Inventory.ReadKeysAsync(null, null, 100, default), static key => Assert.Single(key.Wraps));
    }

    [Fact]
    public async Task RequestedJob_RunsOnlyAfterApproval_AndNotAfterAnEdit()
    {
        using var keks = new TwoKeks();
        await FillAsync(keks.Node, 5);
        var operators = keks.Both();
        var requested = await keks.Node.Instance.Keys.EnqueueRewrapAsync(s_add);
        Assert.Equal(JobState.Requested, requested.State);
        Assert.Equal(0, await operators.Instance.Keys.RunJobsAsync());
        await operators.Instance.Keys.ApproveJobAsync(requested.JobId);
        Assert.Equal(1, await operators.Instance.Keys.RunJobsAsync());
        Assert.Equal(6, keks.New.Wraps);
        await Assert.ThrowsAsync<KeyStateException>(() => operators.Instance.Keys.CancelJobAsync(requested.JobId));

        var second = await operators.Instance.Keys.EnqueueRewrapAsync(s_drop);
        await operators.Instance.Keys.ApproveJobAsync(second.JobId);
        var row = (await operators.Tables.Jobs.FindAsync(second.JobId, default))!;
        await operators.Tables.Jobs.TryUpdateAsync(row with { Target = row.Target!.Replace("new", "evil", StringComparison.Ordinal), RowVersion = row.RowVersion + 1 }, null, default);
        Assert.Equal(0, await operators.Instance.Keys.RunJobsAsync());
        Assert.False((await operators.Instance.Keys.ListJobsAsync()).Single(job => job.JobId == second.JobId).IsAuthentic);
    }

    [Fact]
    public async Task RetiredKek_WrapsNothingNew_AndIsNotRetiredWhileItIsTheOnlyWrap()
    {
        using var keks = new TwoKeks();
        await FillAsync(keks.Node, 3);
        var operators = keks.Both();
        var keys = operators.Instance.Keys;
        Assert.Equal(4, (await keys.ListKeksAsync()).Single(static kek => kek.KekId == "test:old").Dependence.OnlyHere);
        await Assert.ThrowsAsync<KekInUseException>(() => keys.RetireKekAsync("test:old", "test"));
        await keys.RewrapAsync(s_add);
        Assert.Equal(KekState.Retired, (await keys.RetireKekAsync("test:old", "test")).State);
        Assert.Equal(KeyUnavailableReason.KekNotAllowed, (await Assert.ThrowsAsync<KeyUnavailableException>(() => operators.EncryptAsync("later", "x"))).Reason);
        await Assert.ThrowsAsync<KekInUseException>(() => keys.DestroyKekAsync("test:old", keks.Node.Time.GetUtcNow(), "test"));
        await keys.RewrapAsync(s_drop with { Force = true });
        Assert.Equal(KekState.Destroyed, (await keys.DestroyKekAsync("test:old", keks.Node.Time.GetUtcNow(), "test")).State);
        await Assert.ThrowsAsync<KeyStateException>(() => keys.AddKekAsync("test:old", 0, "test"));
        using var fresh = keks.OnlyNew();
        await fresh.EncryptAsync("later", "x");
    }

    [Fact]
    public async Task KekRow_PutBackToAnOlderVersion_OrDeleted_IsRefusedByANodeThatSawTheNewer()
    {
        using var keks = new TwoKeks();
        await FillAsync(keks.Node, 1);
        var operators = keks.Both();
        await operators.Instance.Keys.RewrapAsync(s_add);
        var before = await operators.Tables.ReadKeksAsync(default);
        await operators.Instance.Keys.RetireKekAsync("test:old", "test");
        operators.Store.Keks = _ => before;
        Assert.Equal(KeyUnavailableReason.Tampered, (await Assert.ThrowsAsync<KeyUnavailableException>(() => operators.Instance.Keys.HoldAsync("t1", "test"))).Reason);
        operators.Store.Keks = static keks => [.. keks.Where(static kek => kek.KekId != "test:old")];
        Assert.Equal(KeyUnavailableReason.Tampered, (await Assert.ThrowsAsync<KeyUnavailableException>(() => operators.Instance.Keys.ReleaseAsync("t1", "test"))).Reason);
    }

    [Fact]
    public async Task Check_OfAKek_ProvesItAndMeasures()
    {
        using var keks = new TwoKeks();
        await FillAsync(keks.Node, 1);
        var check = await keks.Both().Instance.Keys.CheckKekAsync("test:new");
        Assert.True(check.RefusesWrongContext);
        await Assert.ThrowsAsync<KeyUnavailableException>(() => keks.Node.Instance.Keys.CheckKekAsync("test:new"));
    }

    [Fact]
    public async Task Partitions_TogetherMoveEveryKeyOnce()
    {
        using var keks = new TwoKeks();
        await FillAsync(keks.Node, 40);
        var operators = keks.Both();
        long processed = 0;
        for (int i = 0; i < 3; i++)
        {
            processed += (await operators.Instance.Keys.RewrapAsync(s_add with { Partition = i, Partitions = 3 })).Processed;
        }

        Assert.Equal((41, 41), (processed, keks.New.Wraps));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => operators.Instance.Keys.RewrapAsync(s_add with { Partition = 3, Partitions = 3 }));
    }

    [Fact]
    public async Task JobThatWasMade_IsRunByItsId_AndDoesWhatItsSignedRowSays()
    {
        using var keks = new TwoKeks();
        await FillAsync(keks.Node, 3);
        keks.Node.Time.Advance(TimeSpan.FromSeconds(10));
        await Waiting.UntilAsync(async () => (await keks.Node.Instance.Keys.GetStatusAsync()).Nodes.Count == 1);
        var operators = keks.Both();
        var keys = operators.Instance.Keys;
        var add = await keys.AddRewrapJobAsync(s_add);
        Assert.Equal(JobState.Ready, add.State);
        Assert.Equal(add.JobId, (await keys.AddRewrapJobAsync(s_add)).JobId);
        Assert.Equal(4, (await keys.RunJobAsync(add.JobId, batchSize: 2)).Succeeded);
        Assert.Equal((JobState.Completed, 0L), ((await keys.RunJobAsync(add.JobId)).Job!.State, (await keys.RunJobAsync(add.JobId)).Processed));

        // Node checks: when it is made, and again when it is run, unless it was made with Force.
        await Assert.ThrowsAsync<KekInUseException>(() => keys.AddRewrapJobAsync(s_drop));
        var drop = await keys.AddRewrapJobAsync(s_drop with { Force = true });
        var row = (await operators.Tables.Jobs.FindAsync(drop.JobId, default))!;
        await operators.Tables.Jobs.TryUpdateAsync(row with { Target = row.Target!.Replace("drop", "add", StringComparison.Ordinal), RowVersion = row.RowVersion + 1 }, null, default);
        Assert.Equal(KeyUnavailableReason.Tampered, (await Assert.ThrowsAsync<KeyUnavailableException>(() => keys.RunJobAsync(drop.JobId))).Reason);
        await operators.Tables.Jobs.TryUpdateAsync(row with { RowVersion = row.RowVersion + 2 }, null, default);
        Assert.Equal(KeyUnavailableReason.Tampered, (await Assert.ThrowsAsync<KeyUnavailableException>(() => keys.RunJobAsync(drop.JobId))).Reason);

        var again = await keys.AddRewrapJobAsync(s_drop with { Force = true });
        Assert.NotEqual(drop.JobId, again.JobId);
        Assert.Equal(4, (await keys.RunJobAsync(again.JobId)).Succeeded);
        Assert.Equal(0, (await operators.Tables.Inventory.CountDependentsAsync("test:old", default)).Keys);

        var requested = await keys.EnqueueRewrapAsync(s_add with { Force = true });
        Assert.DoesNotContain("force", requested.Target, StringComparison.Ordinal);
        await Assert.ThrowsAsync<KeyStateException>(() => keys.RunJobAsync(requested.JobId));
        await Assert.ThrowsAsync<KeyStateException>(() => keys.RunJobAsync("none"));
    }

    private static async Task<Dictionary<string, byte[]>> FillAsync(TestNode node, int tenants)
    {
        var values = new Dictionary<string, byte[]>();
        for (int i = 1; i <= tenants; i++)
        {
            values[$"t{i}"] = await node.EncryptAsync($"t{i}", $"t{i}");
        }

        return values;
    }
}
