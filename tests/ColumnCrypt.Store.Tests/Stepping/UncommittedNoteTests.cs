using ColumnCrypt.Adopting;
using ColumnCrypt.Manifest;
using Xunit;

namespace ColumnCrypt.Store.Tests.Stepping;

/// <summary>What somebody wrote by the state before, and commits while a step of an adoption runs, no pass of it sees: the step waits for it.</summary>
public sealed class UncommittedNoteTests
{
    private const int Late = 1000;

    public static TheoryData<string> Databases => Ward.Databases;

    // It would be NULL in the column that leads from then on, and NULL in both once that is adopted anew.
    [Theory, MemberData(nameof(Databases))]
    public async Task WayBack_BesideAValueInTheCiphertextAlone_BringsItBack(string database)
    {
        await using var ward = await Notes.MakeAsync(database, 5, AdoptStep.Adopt, AdoptStep.Complete);
        byte[] value = await ward.EncryptAsync("acme", Notes.Column, "late");
        var back = await BesideAnInsertAsync(ward, AdoptStep.Back, null, value);
        Assert.Equal((AdoptionState.Returned, "late"), (back.State, (string?)(await ward.QueryAsync($"SELECT note FROM people WHERE id = {Late}"))[0][0]));
    }

    [Theory, MemberData(nameof(Databases))]
    public async Task Clear_BesideAValueInBothColumns_LeavesNoPlaintext(string database)
    {
        await using var ward = await Notes.MakeAsync(database, 5, AdoptStep.Adopt, AdoptStep.Complete);
        byte[] value = await ward.EncryptAsync("acme", Notes.Column, "late");
        var cleared = await BesideAnInsertAsync(ward, AdoptStep.Clear, "late", value);
        Assert.Equal((AdoptionState.Cleared, 0), (cleared.State, await ward.CountAsync("SELECT count(*) FROM people WHERE note IS NOT NULL")));
    }

    [Theory, MemberData(nameof(Databases))]
    public async Task Adoption_BesideAValueInThePlaintextAlone_EncryptsIt(string database)
    {
        await using var ward = await Notes.MakeAsync(database, 5);
        var verified = await BesideAnInsertAsync(ward, AdoptStep.Adopt, "late", []);
        byte[] value = (byte[])(await ward.QueryAsync($"SELECT note_encrypted FROM people WHERE id = {Late}"))[0][0]!;
        Assert.Equal((AdoptionState.Verified, "late"), (verified.State, await ward.DecryptAsync("acme", Notes.Column, value)));
    }

    [Theory, MemberData(nameof(Databases))]
    public async Task EndOfAnAdoptionInPlace_BesidePlaintext_IsRefused(string database)
    {
        await using var ward = await Ward.CreateAsync(database);
        await ward.ExecuteAsync("CREATE TABLE people (id integer PRIMARY KEY, note text)");
        await ward.RegisterAsync(ward.Column("people", "note") with { Adoption = new ColumnAdoption { Tenant = RowTenant.Always("acme") }.ToJson() });
        await Task.Delay(1_100, TestContext.Current.CancellationToken);
        var refused = await Assert.ThrowsAsync<KeyStateException>(() => BesideAsync(
            ward, "INSERT INTO people VALUES (1, 'late')", [], () => ward.Instance.Keys.AdoptAsync(new AdoptOptions("people.note") { Step = AdoptStep.Complete }, ward.Data)));
        Assert.Contains("1 rows", refused.Message, StringComparison.Ordinal);
    }

    private static Task<AdoptResult> BesideAnInsertAsync(Ward ward, AdoptStep step, string? note, byte[] value) => BesideAsync(
        ward, "INSERT INTO people VALUES (@id, @note, @value)", [("id", Late), ("note", note), ("value", value)], () => ward.Instance.Keys.AdoptAsync(Notes.Options(step), ward.Data));

    private static async Task<AdoptResult> BesideAsync(Ward ward, string sql, (string Name, object? Value)[] parameters, Func<Task<AdoptResult>> step)
    {
        Task<AdoptResult> running;
        await using (var connection = await ward.Data.OpenConnectionAsync(TestContext.Current.CancellationToken))
        {
            await Ward.ExecuteAsync(connection, ward.IsPostgreSql ? "BEGIN" : "BEGIN IMMEDIATE");
            await Ward.ExecuteAsync(connection, sql, parameters);
            running = Task.Run(step);
            await Task.Delay(TimeSpan.FromSeconds(3), TestContext.Current.CancellationToken);
            Assert.False(running.IsCompleted);
            await Ward.ExecuteAsync(connection, "COMMIT");
        }

        return await running;
    }
}
