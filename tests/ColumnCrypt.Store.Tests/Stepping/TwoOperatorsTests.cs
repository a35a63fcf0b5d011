using System.Globalization;
using ColumnCrypt.Adopting;
using ColumnCrypt.Jobs;
using ColumnCrypt.Manifest;
using ColumnCrypt.Metadata;
using ColumnCrypt.Stepping;
using ColumnCrypt.TestSupport;
using Xunit;

namespace ColumnCrypt.Store.Tests.Stepping;

/// <summary>Two operators, or an operator and a worker, are about one column: one step at a time, and what was withdrawn stays so.</summary>
public sealed class TwoOperatorsTests
{
    public static TheoryData<string> Databases => Ward.Databases;

    // What is cleared behind a way back would be lost.
    [Theory, MemberData(nameof(Databases))]
    public async Task WayBack_WhilePlaintextIsCleared_IsRefusedAndChangesNothing(string database)
    {
        await using var ward = await Notes.MakeAsync(database, 60, AdoptStep.Adopt, AdoptStep.Complete);
        using var other = ward.Open();
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var clearing = ward.Instance.Keys.AdoptAsync(Notes.Options(AdoptStep.Clear) with { MaxPerSecond = 25 }, ward.Data, new Told(() => begun.TrySetResult()));
        await Task.WhenAny(begun.Task, clearing);

        var refused = await Assert.ThrowsAsync<KeyStateException>(() => other.Keys.AdoptAsync(Notes.Options(AdoptStep.Back), ward.Data));
        Assert.Contains("one step at a time", refused.Message, StringComparison.Ordinal);
        Assert.Equal(AdoptionState.Cleared, (await clearing).State);
        Assert.DoesNotContain(await ward.Instance.Keys.ListJobsAsync(), static job => job.State is JobState.Ready or JobState.Running);

        Assert.Equal((AdoptionState.Returned, 60), await other.Keys.AdoptAsync(Notes.Options(AdoptStep.Back), ward.Data) is var back ? (back.State, back.Changed) : default);
        await AssertNotesAsync(ward);
    }

    [Theory, MemberData(nameof(Databases))]
    public async Task Two_ThatBeginDifferentStepsAtOnce_AreNeverAtWorkTogether(string database)
    {
        await using var ward = await Notes.MakeAsync(database, 60, AdoptStep.Adopt, AdoptStep.Complete);
        using var other = ward.Open();
        var results = await Task.WhenAll(
            Record.ExceptionAsync(() => ward.Instance.Keys.AdoptAsync(Notes.Options(AdoptStep.Clear), ward.Data)).AsTask(),
            Record.ExceptionAsync(() => other.Keys.AdoptAsync(Notes.Options(AdoptStep.Back), ward.Data)).AsTask());
        Assert.All(results, static error => Assert.True(error is null or KeyStateException, $"{error}"));

        // Whoever was first, or neither: the way back ends with every value, also where the clear came before it.
        var last = await Record.ExceptionAsync(() => other.Keys.AdoptAsync(Notes.Options(AdoptStep.Back), ward.Data));
        Assert.True(last is null || last.Message.Contains("is Returned", StringComparison.Ordinal), $"{last}");
        await AssertNotesAsync(ward);
    }

    // A worker would take up what was left, and adopt what an operator has just given back.
    [Theory, MemberData(nameof(Databases))]
    public async Task Job_ThatWasLeftUnfinished_IsWithdrawnByTheWayBack(string database)
    {
        await using var ward = await Notes.MakeAsync(database, 60);
        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ward.Instance.Keys.AdoptAsync(Notes.Options(AdoptStep.Adopt) with { MaxPerSecond = 25 }, ward.Data, new Told(stop.Cancel), stop.Token));
        var left = Assert.Single(await ward.Instance.Keys.ListJobsAsync());
        Assert.Equal(JobState.Ready, left.State);

        var back = await ward.Instance.Keys.AdoptAsync(Notes.Options(AdoptStep.Back), ward.Data);
        Assert.Equal((AdoptionState.Returned, JobState.Completed), (back.State, back.Job!.State));
        Assert.Equal(JobState.Cancelled, (await ward.Instance.Keys.ListJobsAsync()).Single(job => job.JobId == left.JobId).State);
        Assert.Equal(0, await ward.Instance.Keys.RunRowJobsAsync(_ => ward.Data, new StepOptions()));
        await AssertNotesAsync(ward);
    }

    // What an old version wrote behind the cursor while nobody walked would count as compared.
    [Theory, MemberData(nameof(Databases))]
    public async Task Pass_ThatWasInterrupted_DoesNotVerifyTheRowsBehindIt(string database)
    {
        await using var ward = await Notes.MakeAsync(database, 60);
        await ward.Instance.Keys.AdoptAsync(Notes.Options(AdoptStep.Adopt) with { FillOnly = true }, ward.Data);
        await InterruptAsync(ward, AdoptStep.Adopt);
        await ward.ExecuteAsync("UPDATE people SET note = 'late' WHERE id = 0");
        Assert.Equal((AdoptionState.Verified, 1), await ward.Instance.Keys.AdoptAsync(Notes.Options(AdoptStep.Adopt), ward.Data) is var verified ? (verified.State, verified.Changed) : default);

        await Task.Delay(1_100);
        await InterruptAsync(ward, AdoptStep.Complete);
        await ward.ExecuteAsync("UPDATE people SET note = 'later' WHERE id = 0");
        var refused = await ward.Instance.Keys.AdoptAsync(Notes.Options(AdoptStep.Complete), ward.Data);
        Assert.Equal((AdoptionState.Verified, 1), (refused.State, refused.Failures.Count));
    }

    private static async Task InterruptAsync(Ward ward, AdoptStep step)
    {
        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ward.Instance.Keys.AdoptAsync(Notes.Options(step) with { MaxPerSecond = 25 }, ward.Data, new Told(stop.Cancel), stop.Token));
    }

    private static async Task AssertNotesAsync(Ward ward)
    {
        var rows = await ward.QueryAsync("SELECT id, note FROM people");
        Assert.Equal(60, rows.Count);
        Assert.All(rows, static row => Assert.Equal(Notes.Text(Convert.ToInt32(row[0], CultureInfo.InvariantCulture)), row[1]));
    }
}
