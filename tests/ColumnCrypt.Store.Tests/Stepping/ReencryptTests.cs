using ColumnCrypt.Format;
using ColumnCrypt.Jobs;
using ColumnCrypt.Metadata;
using ColumnCrypt.Reencrypting;
using ColumnCrypt.Stepping;
using ColumnCrypt.Store.Tests.Hosts;
using ColumnCrypt.TestSupport;
using Xunit;

namespace ColumnCrypt.Store.Tests.Stepping;

/// <summary>Rows under Deactivated and Compromised keys move to the Active ones.</summary>
public sealed class ReencryptTests
{
    public static TheoryData<string> Databases => Ward.Databases;

    [Theory, MemberData(nameof(Databases))]
    public async Task Rows_UnderACompromisedKey_MoveToTheActiveOne_AndTheOldKeyMayBeDestroyed(string database)
    {
        await using var ward = await Ward.CreateAsync(database);
        await MakeAsync(ward);
        for (int i = 0; i < 300; i++)
        {
            await InsertAsync(ward, i, i % 3 == 0 ? "acme" : "brown");
        }

        var old = await ward.ActiveAsync("acme");
        await ward.Instance.Keys.CompromiseAsync(old, "found in a log");
        var refused = await Assert.ThrowsAsync<KeyStateException>(() => ward.Instance.Keys.DestroyAsync(old, "gone", ward.Data));
        Assert.Contains("200 values", refused.Message, StringComparison.Ordinal);

        var counted = await ward.Instance.Keys.ReencryptAsync(new ReencryptOptions { DryRun = true }, ward.Data);
        Assert.Equal((200, 0, 1), (counted.Processed, counted.Changed, counted.Left.Count));
        Assert.True(counted.Estimate > TimeSpan.Zero);

        var result = await ward.Instance.Keys.ReencryptAsync(new ReencryptOptions { Verify = true, MaxBatchSize = 30 }, ward.Data);
        Assert.Equal((100, 0, 0, JobState.Completed), (result.Changed, result.Failures.Count, result.Left.Count, result.Job!.State));
        Assert.Equal([old], result.Emptied);
        var active = await ward.ActiveAsync("acme");
        foreach (object?[] row in await ward.QueryAsync("SELECT id, tenant, name, note FROM patients"))
        {
            string tenant = (string)row[1]!;
            Assert.Equal($"name {row[0]}", await ward.DecryptAsync(tenant, "patients.name", (byte[])row[2]!));
            Assert.Equal($"note {row[0]}", await ward.DecryptAsync(tenant, "patients.note", (byte[])row[3]!));
            Assert.Equal(tenant == "acme", ValueFrame.ReadKeyId((byte[])row[2]!, "") == active);
        }

        Assert.Equal(KeyState.Destroyed, (await ward.Instance.Keys.DestroyAsync(old, "emptied", ward.Data)).State);
        Assert.Contains(await AuditAsync(ward), static action => action == "reencrypt.emptied");
    }

    [Theory, MemberData(nameof(Databases))]
    public async Task Rows_OfANamedTenant_MoveAlone(string database)
    {
        await using var ward = await Ward.CreateAsync(database);
        await MakeAsync(ward);
        await FillAsync(ward, 40);
        var (acme, brown) = (await ward.ActiveAsync("acme"), await ward.ActiveAsync("brown"));
        await ward.Instance.Keys.CompromiseAsync(acme, "a test");
        await ward.Instance.Keys.CompromiseAsync(brown, "a test");

        var first = await ward.Instance.Keys.ReencryptAsync(new ReencryptOptions { Tenants = new HashSet<string> { "acme" } }, ward.Data);
        Assert.Equal((20, 0), (first.Changed, first.Failures.Count));
        Assert.Equal([acme], first.Emptied);
        var left = Assert.Single(first.Left);
        Assert.Equal((brown, 40, "Its tenant was not named."), (left.KeyId, left.Values, left.Skipped));

        var second = await ward.Instance.Keys.ReencryptAsync(new ReencryptOptions { Tenants = new HashSet<string> { "brown" } }, ward.Data);
        Assert.Equal((20, 0, JobState.Completed), (second.Changed, second.Left.Count, second.Job!.State));
        Assert.NotEqual(first.Job!.JobId, second.Job.JobId);
        await AssertReadableAsync(ward, 40);
    }

    [Theory, MemberData(nameof(Databases))]
    public async Task Columns_ThatAreNamed_MoveAlone_AndTheKeyIsNotEmptyBefore(string database)
    {
        await using var ward = await Ward.CreateAsync(database);
        await MakeAsync(ward);
        await FillAsync(ward, 40);
        var old = await ward.ActiveAsync("acme");
        await ward.Instance.Keys.CompromiseAsync(old, "a test");

        var first = await ward.Instance.Keys.ReencryptAsync(new ReencryptOptions { Columns = new HashSet<string> { "patients.name" } }, ward.Data);
        Assert.Equal(20, first.Changed);
        Assert.Empty(first.Emptied);
        Assert.Equal((old, 20, null), Assert.Single(first.Left) is var left ? (left.KeyId, left.Values, left.Skipped) : default);

        string qualified = ward.IsPostgreSql ? "public.patients.note" : "patients.note";
        var second = await ward.Instance.Keys.ReencryptAsync(new ReencryptOptions { Columns = new HashSet<string> { qualified } }, ward.Data);
        Assert.Equal(20, second.Changed);
        Assert.Equal([old], second.Emptied);
        await AssertReadableAsync(ward, 40);

        var unknown = await Assert.ThrowsAsync<KeyStateException>(() => ward.Instance.Keys.ReencryptAsync(new ReencryptOptions { Columns = new HashSet<string> { "patients.nmae" } }, ward.Data));
        Assert.Contains("'patients.nmae'", unknown.Message, StringComparison.Ordinal);
        Assert.Contains("patients.name", unknown.Message, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Databases))]
    public async Task Rows_UnderASuspendedKey_AreCountedAndLeft_AndMoveOnceItIsResumed(string database)
    {
        await using var ward = await Ward.CreateAsync(database);
        await MakeAsync(ward);
        await FillAsync(ward, 40);
        var old = await RotateAsync(ward, "acme");
        await ward.Instance.Keys.SuspendAsync(old, "who copied it?");

        var first = await ward.Instance.Keys.ReencryptAsync(new ReencryptOptions(), ward.Data);
        Assert.Equal((0, 0, JobState.Completed), (first.Changed, first.Failures.Count, first.Job!.State));
        Assert.Empty(first.Emptied);
        var left = Assert.Single(first.Left);
        Assert.Equal((old, 40, KeyState.Suspended), (left.KeyId, left.Values, left.State));
        Assert.Contains("resume it", left.Skipped, StringComparison.Ordinal);

        await ward.Instance.Keys.ResumeAsync(old, "nobody did");
        var second = await ward.Instance.Keys.ReencryptAsync(new ReencryptOptions(), ward.Data);
        Assert.Equal((20, 0), (second.Changed, second.Left.Count));
        Assert.Equal([old], second.Emptied);
        await AssertReadableAsync(ward, 40);
    }

    [Theory, MemberData(nameof(Databases))]
    public async Task Key_SuspendedDuringAWalk_LeavesItsRows_SaysSo_AndTheNextRunMovesThem(string database)
    {
        await using var ward = await Ward.CreateAsync(database);
        await MakeAsync(ward);
        await FillAsync(ward, 120);
        var old = await RotateAsync(ward, "acme");

        var first = await InterruptedAsync(ward, () => ward.Instance.Keys.SuspendAsync(old, "who copied it?"));
        AssertSkipped(first, 60, "Suspended");
        await ward.Instance.Keys.ResumeAsync(old, "nobody did");
        await AssertFinishedAsync(ward, 60 - first.Changed, 120);
    }

    [Theory, MemberData(nameof(Databases))]
    public async Task Tenant_ThatIsToBeShreddedDuringAWalk_KeepsItsRows_AndTheyMoveOnceThatIsCancelled(string database)
    {
        await using var ward = await Ward.CreateAsync(database);
        await MakeAsync(ward);
        await FillAsync(ward, 120);
        await ward.Instance.Keys.CompromiseAsync(await ward.ActiveAsync("acme"), "a test");

        var first = await InterruptedAsync(ward, () => ward.Instance.Keys.ScheduleShredAsync("acme", "they leave"));
        AssertSkipped(first, 60, "shred");
        var between = await ward.Instance.Keys.ReencryptAsync(new ReencryptOptions(), ward.Data);
        Assert.Equal((0, "The tenant is to be shredded."), (between.Changed, Assert.Single(between.Left).Skipped));
        await ward.Instance.Keys.CancelShredAsync("acme", "they stay");
        await AssertFinishedAsync(ward, 60 - first.Changed, 120);
    }

    // Runs a slow walk, and does something once its first rows are moved.
    private static async Task<ReencryptResult> InterruptedAsync(Ward ward, Func<Task> interrupt)
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var walk = ward.Instance.Keys.ReencryptAsync(new ReencryptOptions { MaxPerSecond = 20, MaxBatchSize = 2 }, ward.Data, new Told(progress =>
        {
            if (progress.Processed >= 6)
            {
                begun.TrySetResult();
            }
        }));
        await Task.WhenAny(begun.Task, walk);
        await interrupt();
        return await walk;
    }

    private static void AssertSkipped(ReencryptResult result, int rows, string why)
    {
        Assert.Equal((rows, JobState.Completed), (result.Changed + result.Failures.Count, result.Job!.State));
        Assert.True(result.Changed > 0 && result.Failures.Count > 0, $"{result.Changed} {result.Failures.Count}");
        Assert.Equal(result.Failures.Count, result.Job.Failed);
        Assert.All(result.Failures, failure => Assert.Contains(why, failure.Reason, StringComparison.OrdinalIgnoreCase));
        Assert.Equal(2 * result.Failures.Count, Assert.Single(result.Left).Values);
        Assert.Empty(result.Emptied);
    }

    private static async Task AssertFinishedAsync(Ward ward, long due, int rows)
    {
        var last = await ward.Instance.Keys.ReencryptAsync(new ReencryptOptions(), ward.Data);
        Assert.Equal((due, 0, 0), (last.Changed, last.Failures.Count, last.Left.Count));
        Assert.Single(last.Emptied);
        await AssertReadableAsync(ward, rows);
    }

    private static async Task AssertReadableAsync(Ward ward, int rows)
    {
        var all = await ward.QueryAsync("SELECT id, tenant, name, note FROM patients");
        Assert.Equal(rows, all.Count);
        foreach (object?[] row in all)
        {
            Assert.Equal($"name {row[0]}", await ward.DecryptAsync((string)row[1]!, "patients.name", (byte[])row[2]!));
            Assert.Equal($"note {row[0]}", await ward.DecryptAsync((string)row[1]!, "patients.note", (byte[])row[3]!));
        }
    }

    // Gives the key that is Deactivated then.
    private static async Task<KeyId> RotateAsync(Ward ward, string tenant)
    {
        var old = await ward.ActiveAsync(tenant);
        await ward.Instance.Keys.RotateAsync(tenant);
        await Eventually.UntilAsync(async () =>
        {
            await ward.EncryptAsync(tenant, "patients.name", "x");
            return (await ward.Instance.Keys.ListKeysAsync(tenant)).Single(key => key.KeyId == old).State == KeyState.Deactivated;
        });
        return old;
    }

    private static async Task FillAsync(Ward ward, int rows)
    {
        for (int i = 0; i < rows; i++)
        {
            await InsertAsync(ward, i, i % 2 == 0 ? "acme" : "brown");
        }
    }

    private static async Task MakeAsync(Ward ward)
    {
        await ward.ExecuteAsync($"CREATE TABLE patients (id integer PRIMARY KEY, tenant text NOT NULL, name {ward.Bytes} NOT NULL, note {ward.Bytes})");
        await ward.RegisterAsync(ward.Column("patients", "name"), ward.Column("patients", "note"));
    }

    private static async Task InsertAsync(Ward ward, int id, string tenant) => await ward.ExecuteAsync(
        "INSERT INTO patients (id, tenant, name, note) VALUES (@id, @tenant, @name, @note)",
        ("id", id), ("tenant", tenant), ("name", await ward.EncryptAsync(tenant, "patients.name", $"name {id}")), ("note", await ward.EncryptAsync(tenant, "patients.note", $"note {id}")));

    private static async Task<List<string>> AuditAsync(Ward ward)
    {
        List<string> actions = [];
        await foreach (var entry in ward.Instance.Keys.ListAuditAsync())
        {
            actions.Add(entry.Action);
        }

        return actions;
    }
}
