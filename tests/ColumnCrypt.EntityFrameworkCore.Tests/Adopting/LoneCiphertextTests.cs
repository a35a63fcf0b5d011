using ColumnCrypt.Configuration;
using ColumnCrypt.EntityFrameworkCore.Tests.Support;
using ColumnCrypt.Manifest;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Adopting;

/// <summary>
/// Key tables that do not know an adopted column, because its row was taken out or they were put back from before: the adoption does not begin anew over values that are in the ciphertext alone.
/// </summary>
public sealed class LoneCiphertextTests
{
    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task Save_WhereCiphertextIsBesideNull_IsRefused_AndTheTransactionGoesOn(DatabaseKind kind)
    {
        using var firm = new Firm(kind);
        await SaveAsync(firm, firm.Keys, "first");
        await firm.MoveAsync(AdoptionState.Encrypted);
        await SaveAsync(firm, firm.Keys, "second");

        await using var restored = ColumnCryptInstance.Create(static cc => cc.UseInMemoryKeys());
        await using var db = AnyContext.Open(firm.Database, restored, Versions.Adopting, "acme");
        await using (var transaction = await db.Database.BeginTransactionAsync(TestContext.Current.CancellationToken))
        {
            db.Add(New("third"));
            var refused = await Assert.ThrowsAsync<EncryptionModelException>(() => db.SaveChangesAsync());
            Assert.Contains("it was adopted before", refused.Message, StringComparison.Ordinal);
            Assert.Throws<EncryptionModelException>(() => db.SaveChanges());
            Assert.Equal(2, await db.Set<Employee>().CountAsync(TestContext.Current.CancellationToken));
            await transaction.CommitAsync(TestContext.Current.CancellationToken);
        }

        Assert.Equal(0L, firm.Database.Scalar("SELECT count(*) FROM employees WHERE name = 'third'"));
        string empty = kind == DatabaseKind.Sqlite ? "x''" : "''";
        firm.Database.Execute($"UPDATE employees SET ssn_encrypted = {empty}, salary_encrypted = {empty}, note_encrypted = NULL, born_encrypted = NULL WHERE ssn IS NULL");
        await db.SaveChangesAsync();
        Assert.Equal(1L, firm.Database.Scalar("SELECT count(*) FROM employees WHERE ssn = 'ssn third'"));
    }

    // docs/runbooks/restore-during-an-adoption.md: as after a way back.
    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task Save_WherePlaintextIsBesideEachValue_BeginsAnew(DatabaseKind kind)
    {
        using var firm = new Firm(kind);
        await SaveAsync(firm, firm.Keys, "first");
        await using var restored = ColumnCryptInstance.Create(static cc => cc.UseInMemoryKeys());
        await SaveAsync(firm, restored, "second");
        Assert.Equal(2L, firm.Database.Scalar("SELECT count(*) FROM employees WHERE ssn IS NOT NULL AND length(ssn_encrypted) > 0"));
    }

    // A table that the migration has not reached yet.
    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task Columns_ThatTheTableLacks_DoNotEndTheTransaction(DatabaseKind kind)
    {
        using var firm = new Firm(kind);
        firm.Database.Execute("ALTER TABLE employees RENAME TO elsewhere");
        await using var db = firm.Adopting();
        await using var transaction = await db.Database.BeginTransactionAsync(TestContext.Current.CancellationToken);
        using var cipher = await db.GetCipherAsync<Employee, string>(static e => e.Ssn, 0, TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<EncryptionModelException>(async () => await db.GetCipherAsync<Employee, string>(static e => e.Ssn, 1, TestContext.Current.CancellationToken));
        Assert.Equal(0, await db.Database.SqlQuery<int>($"SELECT count(*) AS \"Value\" FROM elsewhere").SingleAsync(TestContext.Current.CancellationToken));
        Assert.NotEmpty(await firm.ManifestAsync());
    }

    private static Employee New(string name) => new() { Name = name, Ssn = $"ssn {name}", Note = name, Salary = 7, Born = new(2001, 2, 3) };

    private static async Task SaveAsync(Firm firm, ColumnCryptInstance keys, string name)
    {
        await using var db = AnyContext.Open(firm.Database, keys, Versions.Adopting, "acme");
        db.Add(New(name));
        await db.SaveChangesAsync();
    }
}
