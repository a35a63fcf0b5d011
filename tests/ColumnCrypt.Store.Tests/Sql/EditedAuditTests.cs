using ColumnCrypt.Audit;
using ColumnCrypt.Configuration;
using ColumnCrypt.TestSupport;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ColumnCrypt.Store.Tests.Sql;

/// <summary>What somebody who writes to the database does to the audit is found.</summary>
public sealed class EditedAuditTests : IDisposable
{
    private const int Edits = 1_000;
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Audit_AfterARandomEditDeletionSwapOrReordering_IsNotValid()
    {
        using var instance = await FillAsync(entries: 24);
        using var database = Open();
        var random = new Random(20261124);
        Assert.True((await instance.Keys.VerifyAuditAsync()).IsValid);
        Backup(database);
        for (int edit = 0; edit < Edits; edit++)
        {
            string done = Meddle(database, random);
            var verdict = await instance.Keys.VerifyAuditAsync();
            Assert.False(verdict.IsValid, done);
            Assert.NotNull(verdict.Finding);
            Restore(database);
        }

        Assert.True((await instance.Keys.VerifyAuditAsync()).IsValid);
    }

    [Fact]
    public async Task Audit_CutAtItsEndOrRolledBack_IsFoundBackToTheLastCheckpoint()
    {
        using var instance = await FillAsync(entries: 10);
        var checkpoint = await instance.Keys.CheckpointAuditAsync();
        using var database = Open();
        Backup(database);
        Execute(database, $"DELETE FROM columncrypt_audit WHERE sequence > {checkpoint.Sequence - 3}");
        Assert.True((await instance.Keys.VerifyAuditAsync()).IsValid);
        var verdict = await instance.Keys.VerifyAuditAsync(checkpoint);
        Assert.Equal((false, checkpoint.Sequence - 2), (verdict.IsValid, verdict.FirstBad));

        // Rolled back and continued: as long as before, but another chain.
        for (int i = 0; i < 6; i++)
        {
            await instance.Keys.AddKekAsync("memory:", 50 + i, "other entries");
        }

        verdict = await instance.Keys.VerifyAuditAsync(checkpoint);
        Assert.Equal((false, checkpoint.Sequence), (verdict.IsValid, verdict.FirstBad));
        Restore(database);
        Assert.True((await instance.Keys.VerifyAuditAsync(checkpoint)).IsValid);
    }

    private async Task<ColumnCryptInstance> FillAsync(int entries)
    {
        var instance = ColumnCryptInstance.Create(cc => cc.UseInMemoryKeys().UseSqliteKeyStore($"Data Source={_folder.File("keys.db")};Pooling=False"));
        await instance.Keys.InitAsync();
        string kek = (await instance.Keys.ListKeksAsync()).Single().KekId;
        for (int i = 0; i < entries; i++)
        {
            await instance.Keys.AddKekAsync(kek, i, $"entry {i}");
        }

        return instance;
    }

    private static string Meddle(SqliteConnection database, Random random)
    {
        long last = (long)Scalar(database, "SELECT max(sequence) FROM columncrypt_audit")!;
        long one = random.NextInt64(1, last);
        long other = 1 + ((one + random.NextInt64(1, last - 1)) % last);
        string statement = random.Next(5) switch
        {
            0 => $"UPDATE columncrypt_audit SET {Column(random)} WHERE sequence = {one}",
            1 => $"DELETE FROM columncrypt_audit WHERE sequence = {one}",
            2 => $"UPDATE columncrypt_audit SET sequence = CASE sequence WHEN {one} THEN -{other} ELSE -{one} END WHERE sequence IN ({one}, {other}); UPDATE columncrypt_audit SET sequence = -sequence WHERE sequence < 0",
            3 => $"UPDATE columncrypt_audit SET (at, actor, action, detail, mac) = (SELECT at, actor, action, detail, mac FROM columncrypt_audit WHERE sequence = {other}) WHERE sequence = {one}",
            _ => $"INSERT INTO columncrypt_audit SELECT audit_id || 'x', {last + 1}, at, actor, action, tenant, key_id, detail, previous_hash, mac FROM columncrypt_audit WHERE sequence = {one}",
        };
        Execute(database, "PRAGMA ignore_check_constraints = ON; " + statement);
        return statement;
    }

    private static string Column(Random random) => random.Next(8) switch
    {
        0 => "at = '2020-01-01T00:00:00.000Z'",
        1 => "actor = actor || '!'",
        2 => "action = 'key.nothing'",
        3 => "detail = NULL",
        4 => "tenant = 'somebody'",
        5 => "key_id = zeroblob(16)",
        6 => "previous_hash = zeroblob(32), actor = 'x'",
        _ => "mac = zeroblob(32)",
    };

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection($"Data Source={_folder.File("keys.db")};Pooling=False");
        connection.Open();
        return connection;
    }

    private static void Backup(SqliteConnection database) => Execute(database, "CREATE TABLE kept AS SELECT * FROM columncrypt_audit");

    private static void Restore(SqliteConnection database) => Execute(database, "DELETE FROM columncrypt_audit; INSERT INTO columncrypt_audit SELECT * FROM kept");

    private static void Execute(SqliteConnection database, string sql)
    {
        using var command = database.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static object? Scalar(SqliteConnection database, string sql)
    {
        using var command = database.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }
}
