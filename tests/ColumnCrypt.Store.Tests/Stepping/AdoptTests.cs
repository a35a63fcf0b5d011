using System.Globalization;
using ColumnCrypt.Adopting;
using ColumnCrypt.Manifest;
using ColumnCrypt.Metadata;
using Xunit;

namespace ColumnCrypt.Store.Tests.Stepping;

/// <summary>A column of plaintext becomes one of ciphertext, step by step, and goes back.</summary>
public sealed class AdoptTests
{
    private const string Column = "patients.ssn_encrypted";

    public static TheoryData<string> Databases => Ward.Databases;

    // SPEC-ADOPT-2
    [Theory, MemberData(nameof(Databases))]
    public async Task Column_OfPlaintext_IsFilledVerifiedCompletedAndCleared(string database)
    {
        await using var ward = await Ward.CreateAsync(database);
        await MakeAsync(ward, rows: 250);
        var counted = await StepAsync(ward, AdoptStep.Adopt, dryRun: true);
        Assert.Equal((240, AdoptionState.Dual), (counted.Processed, counted.State));

        var filled = await ward.Instance.Keys.AdoptAsync(new AdoptOptions(Column) { FillOnly = true, MaxBatchSize = 40 }, ward.Data);
        Assert.Equal((250, AdoptionState.Dual, 0), (filled.Changed, filled.State, filled.Failures.Count));

        // An old version of the application writes on.
        await ward.ExecuteAsync("UPDATE patients SET ssn = 'changed' WHERE id = 7");
        await ward.ExecuteAsync("UPDATE patients SET ssn = NULL WHERE id = 8");
        await InsertAsync(ward, 1000, "new");
        var verified = await StepAsync(ward, AdoptStep.Adopt);
        Assert.Equal((3, AdoptionState.Verified, JobState.Completed), (verified.Changed, verified.State, verified.Job!.State));
        Assert.Equal(251 * 2, verified.Processed);
        await AssertSameAsync(ward);

        var early = await Assert.ThrowsAsync<KeyStateException>(() => StepAsync(ward, AdoptStep.Complete));
        Assert.Contains("may not have heard of it", early.Message, StringComparison.Ordinal);
        await Task.Delay(1_100);
        Assert.Equal(AdoptionState.Encrypted, (await StepAsync(ward, AdoptStep.Complete)).State);
        await Task.Delay(1_100);
        var cleared = await StepAsync(ward, AdoptStep.Clear);
        Assert.Equal((240, AdoptionState.Cleared), (cleared.Changed, cleared.State));
        Assert.Equal(0, await ward.CountAsync("SELECT count(*) FROM patients WHERE ssn IS NOT NULL"));
        Assert.Contains("drop the column ssn", cleared.NextStep, StringComparison.Ordinal);

        var back = await ward.Instance.Keys.AdoptAsync(new AdoptOptions(Column) { Step = AdoptStep.Back, Reason = "we leave" }, ward.Data);
        Assert.Equal((240, AdoptionState.Returned), (back.Changed, back.State));
        await AssertSameAsync(ward);
        Assert.Equal("changed", (await ward.QueryAsync("SELECT ssn FROM patients WHERE id = 7"))[0][0]);
        Assert.Equal(AdoptionState.Verified, (await StepAsync(ward, AdoptStep.Adopt)).State);
        Assert.True((await ward.Instance.Keys.VerifyAuditAsync()).IsValid);
        Assert.Equal(["Verified to Encrypted; a test", "Encrypted to Cleared; a test", "Cleared to Returning; we leave"], (await MovesAsync(ward)).Skip(1).Take(3).Select(static move => move[(move.IndexOf(':', StringComparison.Ordinal) + 2)..]));
    }

    // Whoever clears plaintext loses what is nowhere else.
    [Theory, MemberData(nameof(Databases))]
    public async Task Row_ThatAnOldVersionWroteAfterItWasVerified_IsNotCompletedAndNotLost(string database)
    {
        await using var ward = await Ward.CreateAsync(database);
        await MakeAsync(ward, rows: 20);
        await StepAsync(ward, AdoptStep.Adopt);
        await ward.ExecuteAsync("UPDATE patients SET ssn = 'late' WHERE id = 7");
        await Task.Delay(1_100);

        var refused = await StepAsync(ward, AdoptStep.Complete);
        Assert.Equal((AdoptionState.Verified, 0), (refused.State, refused.Changed));
        Assert.Contains("7", Assert.Single(refused.Failures).Row, StringComparison.Ordinal);
        Assert.Contains("adopt --back", refused.NextStep, StringComparison.Ordinal);

        await StepAsync(ward, AdoptStep.Back);
        Assert.Equal((AdoptionState.Verified, 1), await StepAsync(ward, AdoptStep.Adopt) is var again ? (again.State, again.Changed) : default);
        await Task.Delay(1_100);
        Assert.Equal(AdoptionState.Encrypted, (await StepAsync(ward, AdoptStep.Complete)).State);
        await Task.Delay(1_100);
        await StepAsync(ward, AdoptStep.Clear);
        var row = Assert.Single(await ward.QueryAsync("SELECT ssn, ssn_encrypted FROM patients WHERE id = 7"));
        Assert.Null(row[0]);
        Assert.Equal("late", await ward.DecryptAsync("brown", Column, (byte[])row[1]!));
    }

    // NULL is the encrypted NULL: a version without the plaintext column sets a value to null and leaves the plaintext.
    [Theory, MemberData(nameof(Databases))]
    public async Task Plaintext_BesideAValueThatANewVersionSetToNull_IsCleared(string database)
    {
        await using var ward = await Ward.CreateAsync(database);
        await MakeAsync(ward, rows: 5);
        await StepAsync(ward, AdoptStep.Adopt);
        await Task.Delay(1_100);
        await StepAsync(ward, AdoptStep.Complete);
        await ward.ExecuteAsync("UPDATE patients SET ssn_encrypted = NULL WHERE id = 3");
        await Task.Delay(1_100);
        Assert.Equal((AdoptionState.Cleared, 0), await StepAsync(ward, AdoptStep.Clear) is var cleared ? (cleared.State, cleared.Failures.Count) : default);
        Assert.Equal(0, await ward.CountAsync("SELECT count(*) FROM patients WHERE ssn IS NOT NULL"));
    }

    // As after a restore of key tables from before the last step: doctor says so, and nothing is overwritten.
    [Theory, MemberData(nameof(Databases))]
    public async Task Plaintext_ThatIsClearedWhileTheKeyTablesSayThatItLeads_IsNotAdoptedAnew(string database)
    {
        await using var ward = await Ward.CreateAsync(database);
        await MakeAsync(ward, rows: 30);
        await StepAsync(ward, AdoptStep.Adopt);
        await ward.ExecuteAsync("UPDATE patients SET ssn = NULL");
        await StepAsync(ward, AdoptStep.Back);

        var error = await Assert.ThrowsAsync<KeyStateException>(() => StepAsync(ward, AdoptStep.Adopt));
        Assert.Contains("restore-during-an-adoption", error.Message, StringComparison.Ordinal);
        Assert.Equal(29, await ward.CountAsync("SELECT count(*) FROM patients WHERE length(ssn_encrypted) > 0"));

        await ward.ExecuteAsync("UPDATE patients SET ssn_encrypted = NULL");
        Assert.Equal(AdoptionState.Verified, (await StepAsync(ward, AdoptStep.Adopt)).State);
    }

    [Theory, MemberData(nameof(Databases))]
    public async Task Steps_InAWrongOrder_NameTheNextOne(string database)
    {
        await using var ward = await Ward.CreateAsync(database);
        await MakeAsync(ward, rows: 3);
        await RefusedAsync(ward, AdoptStep.Complete, "adopt --column");
        await RefusedAsync(ward, AdoptStep.Clear, "adopt --column");
        await StepAsync(ward, AdoptStep.Adopt);
        await RefusedAsync(ward, AdoptStep.Adopt, "adopt --complete");
        await RefusedAsync(ward, AdoptStep.Clear, "adopt --complete");
        Assert.Equal(AdoptionState.Returned, (await StepAsync(ward, AdoptStep.Back)).State);
        await RefusedAsync(ward, AdoptStep.Back, "Next: columncrypt adopt");
        await RefusedAsync(ward, AdoptStep.Complete, "Next: columncrypt adopt");
        await StepAsync(ward, AdoptStep.Adopt);
        await Task.Delay(1_100);
        await StepAsync(ward, AdoptStep.Complete);
        await RefusedAsync(ward, AdoptStep.Adopt, "adopt --clear");
        await RefusedAsync(ward, AdoptStep.Complete, "adopt --clear");
        await Task.Delay(1_100);
        await StepAsync(ward, AdoptStep.Clear);
        Assert.Equal((AdoptionState.Cleared, 0, true), await StepAsync(ward, AdoptStep.Clear) is var again ? (again.State, again.Changed, again.IsDone) : default);
        await RefusedAsync(ward, AdoptStep.Adopt, "drop the column ssn");

        var unknown = await Assert.ThrowsAsync<KeyStateException>(() => ward.Instance.Keys.AdoptAsync(new AdoptOptions("patients.name"), ward.Data));
        Assert.Contains("AdoptFrom", unknown.Message, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Databases))]
    public async Task Plaintext_ThatCannotBeNull_IsNotCompleted_AndTheStatementIsSaid(string database)
    {
        await using var ward = await Ward.CreateAsync(database);
        await MakeAsync(ward, rows: 0, plain: "ssn text NOT NULL");
        await StepAsync(ward, AdoptStep.Adopt);
        await Task.Delay(1_100);

        string next = ward.IsPostgreSql ? "ALTER TABLE \"public\".\"patients\" ALTER COLUMN \"ssn\" DROP NOT NULL" : "migration";
        await RefusedAsync(ward, AdoptStep.Complete, next);

        // Whoever runs the job has not asked before: every write of the application would fail from then on.
        var job = await ward.Instance.Keys.AddAdoptJobAsync(new AdoptOptions(Column) { Step = AdoptStep.Complete }, ward.Database);
        Assert.Contains(next, (await Assert.ThrowsAsync<KeyStateException>(() => ward.Instance.Keys.RunRowJobAsync(job.JobId, new ColumnCrypt.Stepping.StepOptions(), ward.Data))).Message, StringComparison.Ordinal);
        Assert.Equal(AdoptionState.Verified, (await StepAsync(ward, AdoptStep.Back, dryRun: true)).State);
    }

    [Theory, MemberData(nameof(Databases))]
    public async Task Rows_ThatCannotBeMoved_AreNamedAndLeft_AndTheOthersMove(string database)
    {
        await using var ward = await Ward.CreateAsync(database);
        await MakeAsync(ward, rows: 20, index: new("ssn_bi", "eq", "digits@1", 1, 256, true));
        await ward.ExecuteAsync("CREATE UNIQUE INDEX ix ON patients (tenant, ssn_bi)");
        await ward.ExecuteAsync("UPDATE patients SET tenant = '' WHERE id = 3");
        await ward.ExecuteAsync("UPDATE patients SET ssn = '000-5' WHERE id = 4");
        await ward.ExecuteAsync("UPDATE patients SET ssn = '0005' WHERE id = 6");

        var result = await StepAsync(ward, AdoptStep.Adopt);
        Assert.Equal((AdoptionState.Dual, 2), (result.State, result.Failures.Count));
        Assert.Contains(result.Failures, static failure => failure.Row is "[3]" or "[\"3\"]" && failure.Reason.Contains("tenant", StringComparison.Ordinal));
        Assert.Contains(result.Failures, static failure => failure.Row is "[6]" or "[\"6\"]" && failure.Reason.Contains("refuses", StringComparison.Ordinal));
        Assert.All(result.Failures, static failure => Assert.DoesNotContain("000", failure.Reason, StringComparison.Ordinal));
        Assert.Equal(2, await ward.CountAsync("SELECT count(*) FROM patients WHERE length(ssn_encrypted) = 0"));

        await ward.ExecuteAsync("UPDATE patients SET tenant = 'acme' WHERE id = 3");
        await ward.ExecuteAsync("DELETE FROM patients WHERE id = 6");
        Assert.Equal(AdoptionState.Verified, (await StepAsync(ward, AdoptStep.Adopt)).State);
        Assert.Equal(0, await ward.CountAsync("SELECT count(*) FROM patients WHERE ssn IS NOT NULL AND ssn_bi IS NULL"));
    }

    [Theory, MemberData(nameof(Databases))]
    public async Task InPlace_TextBecomesItsTextForm_AndTextThatOnlyLooksSoIsLeft(string database)
    {
        await using var ward = await Ward.CreateAsync(database);
        await ward.ExecuteAsync("CREATE TABLE notes (id integer PRIMARY KEY, body text)");
        await ward.RegisterAsync(ward.Column("notes", "body") with { Adoption = new ColumnAdoption { Tenant = RowTenant.Always("acme") }.ToJson() });
        foreach (var (id, body) in new (int, string?)[] { (1, "plain"), (2, ""), (3, null), (4, "cc1:not one") })
        {
            await ward.ExecuteAsync("INSERT INTO notes (id, body) VALUES (@id, @body)", ("id", id), ("body", body));
        }

        var options = new AdoptOptions("notes.body");
        var refused = await ward.Instance.Keys.AdoptAsync(options, ward.Data);
        Assert.Equal((2, AdoptionState.Dual), (refused.Changed, refused.State));
        Assert.Single(refused.Failures);
        await ward.ExecuteAsync("UPDATE notes SET body = 'mended' WHERE id = 4");
        await Task.Delay(1_100);
        var left = await Assert.ThrowsAsync<KeyStateException>(() => ward.Instance.Keys.AdoptAsync(options with { Step = AdoptStep.Complete }, ward.Data));
        Assert.Contains("1 rows", left.Message, StringComparison.Ordinal);
        await ward.Instance.Keys.AdoptAsync(options, ward.Data);
        Assert.Equal(AdoptionState.Encrypted, (await ward.Instance.Keys.AdoptAsync(options with { Step = AdoptStep.Complete }, ward.Data)).State);
        Assert.Equal(3, await ward.CountAsync("SELECT count(*) FROM notes WHERE body LIKE 'cc1:%'"));

        // What stands in its text form is re-encrypted too.
        var old = await ward.ActiveAsync("acme");
        await ward.Instance.Keys.CompromiseAsync(old, "test");
        var moved = await ward.Instance.Keys.ReencryptAsync(new Reencrypting.ReencryptOptions { Verify = true }, ward.Data);
        Assert.Equal((3, 0), (moved.Changed, moved.Failures.Count));
        Assert.Equal([old], moved.Emptied);

        var back = await ward.Instance.Keys.AdoptAsync(options with { Step = AdoptStep.Back, Reason = "we leave" }, ward.Data);
        Assert.Equal(AdoptionState.Returned, back.State);
        Assert.Equal(["plain", "", null, "mended"], (await ward.QueryAsync("SELECT body FROM notes ORDER BY id")).Select(static row => (string?)row[0]));
    }

    [Theory, MemberData(nameof(Databases))]
    public async Task IndexThatOnlyTheApplicationFills_IsEmptiedWhereAValueChanges_AndKeptWhereNot(string database)
    {
        await using var ward = await Ward.CreateAsync(database);
        await ward.ExecuteAsync($"CREATE TABLE notes (id integer PRIMARY KEY, body text, body_bi {ward.Bytes}, ssn text, ssn_encrypted {ward.Bytes} DEFAULT {(ward.IsPostgreSql ? "''" : "x''")}, ssn_bi {ward.Bytes})");
        var inPlace = new ColumnAdoption { Tenant = RowTenant.Always("acme"), Indexes = [new("body_bi", "eq", "own@1", 1, 256, false)] };
        var beside = new ColumnAdoption { PlainColumn = "ssn", Tenant = RowTenant.Always("acme"), Indexes = [new("ssn_bi", "eq", "own@1", 1, 256, false)] };
        await ward.RegisterAsync(
            ward.Column("notes", "body") with { Adoption = inPlace.ToJson(), IndexColumns = """["body_bi"]""" },
            ward.Column("notes", "ssn_encrypted") with { Adoption = beside.ToJson(), IndexColumns = """["ssn_bi"]""" });
        byte[] stale = [1, 2, 3];
        await ward.ExecuteAsync("INSERT INTO notes (id, body, body_bi, ssn, ssn_bi) VALUES (1, 'plain', @stale, '000-1', @stale)", ("stale", stale));
        foreach (string column in (string[])["body", "ssn_encrypted"])
        {
            var options = new AdoptOptions($"notes.{column}");
            await ward.Instance.Keys.AdoptAsync(options with { FillOnly = true }, ward.Data);
            string index = column == "body" ? "body_bi" : "ssn_bi";
            Assert.Null((await ward.QueryAsync($"SELECT {index} FROM notes"))[0][0]);
            Assert.Contains("FillBlindIndexesAsync", (await Assert.ThrowsAsync<KeyStateException>(() => ward.Instance.Keys.AdoptAsync(options, ward.Data))).Message, StringComparison.Ordinal);
            await ward.ExecuteAsync($"UPDATE notes SET {index} = @filled", ("filled", stale));
            Assert.Empty((await ward.Instance.Keys.AdoptAsync(options, ward.Data)).Failures);
            Assert.Equal(stale, (await ward.QueryAsync($"SELECT {index} FROM notes"))[0][0]);
        }
    }

    // Plaintext would be believed again, and written.
    [Theory, InlineData(false), InlineData(true)]
    public async Task State_ThatSomebodyPutsBack_IsNotBelievedByANodeThatHasSeenTheNewerOne(bool deletes)
    {
        await using var ward = await Ward.CreateAsync("postgresql");
        await MakeAsync(ward, rows: 5);
        await ward.ExecuteAsync("CREATE TABLE kept AS SELECT * FROM columncrypt_column");
        await StepAsync(ward, AdoptStep.Adopt);
        await Task.Delay(1_100);
        await StepAsync(ward, AdoptStep.Complete);
        using var node = ward.Open();
        Assert.Equal(AdoptionState.Encrypted, await StateAsync());
        Assert.False(await IsFoundAsync());

        await ward.ExecuteAsync("DELETE FROM columncrypt_column");
        if (!deletes)
        {
            await ward.ExecuteAsync("INSERT INTO columncrypt_column SELECT * FROM kept");
        }

        await ward.ExecuteAsync("UPDATE columncrypt_schema SET generation = generation + 1");
        await Task.Delay(1_500);
        if (deletes)
        {
            Assert.Equal(AdoptionState.Encrypted, await StateAsync());
        }
        else
        {
            await Assert.ThrowsAsync<KeyUnavailableException>(StateAsync);
        }

        Assert.True(await IsFoundAsync());

        async Task<bool> IsFoundAsync() => (await ward.Instance.Keys.ExamineAsync(null, TestContext.Current.CancellationToken)).Any(static finding => finding.Code == "adoption.audit-differs");

        async Task<AdoptionState?> StateAsync()
        {
            await node.PrepareAdoptionsAsync("acme", ward.Database, TestContext.Current.CancellationToken);
            return node.FindAdoption("acme", ward.Database, ward.Schema, "patients", "ssn_encrypted", "patient.ssn")?.State;
        }
    }

    private static async Task MakeAsync(Ward ward, int rows, string plain = "ssn text", AdoptionIndex? index = null)
    {
        await ward.ExecuteAsync(
            $"CREATE TABLE patients (id integer PRIMARY KEY, tenant text NOT NULL, {plain}, ssn_encrypted {ward.Bytes} DEFAULT {(ward.IsPostgreSql ? "''" : "x''")}, ssn_bi {ward.Bytes})");
        var adoption = new ColumnAdoption { PlainColumn = "ssn", Tenant = RowTenant.Of("tenant", TenantForm.Text), Indexes = index is null ? [] : [index] };
        await ward.RegisterAsync(ward.Column("patients", "ssn_encrypted") with { Adoption = adoption.ToJson(), IndexColumns = index is null ? "" : """["ssn_bi"]""" });
        for (int i = 0; i < rows; i++)
        {
            await InsertAsync(ward, i, i % 25 == 11 ? null : string.Create(CultureInfo.InvariantCulture, $"{i:000}-00"));
        }
    }

    private static Task<int> InsertAsync(Ward ward, int id, string? ssn) => ward.ExecuteAsync(
        "INSERT INTO patients (id, tenant, ssn) VALUES (@id, @tenant, @ssn)", ("id", id), ("tenant", id % 2 == 0 ? "acme" : "brown"), ("ssn", ssn));

    private static Task<AdoptResult> StepAsync(Ward ward, AdoptStep step, bool dryRun = false) =>
        ward.Instance.Keys.AdoptAsync(new AdoptOptions(Column) { Step = step, Reason = "a test", DryRun = dryRun }, ward.Data);

    private static async Task RefusedAsync(Ward ward, AdoptStep step, string next) =>
        Assert.Contains(next, (await Assert.ThrowsAsync<KeyStateException>(() => StepAsync(ward, step))).Message, StringComparison.Ordinal);

    private static async Task AssertSameAsync(Ward ward)
    {
        foreach (object?[] row in await ward.QueryAsync("SELECT tenant, ssn, ssn_encrypted FROM patients"))
        {
            Assert.Equal(row[1], row[2] is null ? null : await ward.DecryptAsync((string)row[0]!, Column, (byte[])row[2]!));
        }
    }

    private static async Task<List<string>> MovesAsync(Ward ward)
    {
        List<string> moves = [];
        await foreach (var entry in ward.Instance.Keys.ListAuditAsync())
        {
            if (entry.Action == "adopt.move")
            {
                moves.Add(entry.Detail!);
            }
        }

        return moves;
    }
}
