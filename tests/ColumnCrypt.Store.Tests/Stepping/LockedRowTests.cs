using System.Data.Common;
using System.Globalization;
using ColumnCrypt.Reencrypting;
using Microsoft.Data.Sqlite;
using Xunit;

namespace ColumnCrypt.Store.Tests.Stepping;

/// <summary>What another transaction holds for long does not end a walk: rows are named and left, and a database that is held as a whole is said to be.</summary>
public sealed class LockedRowTests
{
    [Fact]
    public async Task Rows_ThatAnotherHolds_AreNamedAndLeft_AndTheNextRunMovesThem()
    {
        await using var ward = await MakeAsync("postgresql");
        await using (var holder = await ward.Data.OpenConnectionAsync(TestContext.Current.CancellationToken))
        {
            await Ward.ExecuteAsync(holder, "BEGIN; SELECT 1 FROM people WHERE id IN (7, 8, 31) FOR UPDATE");
            var result = await ward.Instance.Keys.ReencryptAsync(new ReencryptOptions(), ward.Data);
            Assert.Equal(37, result.Changed);
            Assert.Equal(["[7]", "[8]", "[31]"], result.Failures.Select(static failure => failure.Row));
            Assert.All(result.Failures, static failure => Assert.Contains("locked by another transaction", failure.Reason, StringComparison.Ordinal));
            Assert.Equal((40, 37, 3), (result.Job!.Processed, result.Job.Succeeded, result.Job.Failed));
            Assert.Equal(3, Assert.Single(result.Left).Values);
            Assert.Empty(result.Emptied);
            await Ward.ExecuteAsync(holder, "ROLLBACK");
        }

        var rest = await ward.Instance.Keys.ReencryptAsync(new ReencryptOptions(), ward.Data);
        Assert.Equal((3, 0, 0), (rest.Changed, rest.Failures.Count, rest.Left.Count));
    }

    [Fact]
    public async Task Database_ThatAnotherHolds_EndsTheWalkWithWhatToDo_AndItGoesOn()
    {
        await using var ward = await MakeAsync("sqlite");
        await using DbDataSource impatient = SqliteFactory.Instance.CreateDataSource($"{ward.Connections.Data};Default Timeout=1");
        await using (var holder = await ward.Data.OpenConnectionAsync(TestContext.Current.CancellationToken))
        {
            await Ward.ExecuteAsync(holder, "BEGIN IMMEDIATE");
            var held = await Assert.ThrowsAsync<KeyStateException>(() => Task.Run(() => ward.Instance.Keys.ReencryptAsync(new ReencryptOptions(), impatient)));
            Assert.True(held.IsTransient);
            Assert.Contains("locked by a transaction of another", held.Message, StringComparison.Ordinal);
            await Ward.ExecuteAsync(holder, "ROLLBACK");
        }

        Assert.Equal(40, (await ward.Instance.Keys.ReencryptAsync(new ReencryptOptions(), ward.Data)).Changed);
    }

    private static async Task<Ward> MakeAsync(string database)
    {
        var ward = await Ward.CreateAsync(database);
        await ward.ExecuteAsync($"CREATE TABLE people (id integer PRIMARY KEY, name {ward.Bytes} NOT NULL)");
        await ward.RegisterAsync(ward.Column("people", "name"));
        for (int i = 0; i < 40; i++)
        {
            await ward.ExecuteAsync("INSERT INTO people VALUES (@id, @name)", ("id", i), ("name", await ward.EncryptAsync("acme", "people.name", string.Create(CultureInfo.InvariantCulture, $"{i}"))));
        }

        await ward.Instance.Keys.CompromiseAsync(await ward.ActiveAsync("acme"), "a test");
        return ward;
    }
}
