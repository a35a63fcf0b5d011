using ColumnCrypt.Format;
using ColumnCrypt.Metadata;
using ColumnCrypt.Reencrypting;
using ColumnCrypt.Stepping;
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
