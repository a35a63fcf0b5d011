using System.Data.Common;
using System.Globalization;
using System.Text;
using ColumnCrypt.Adopting;
using ColumnCrypt.Format;
using ColumnCrypt.Manifest;
using ColumnCrypt.Metadata;
using ColumnCrypt.Store.Tests.PostgreSql;
using Microsoft.Data.Sqlite;
using Xunit;

namespace ColumnCrypt.Store.Tests.Stepping;

// Issue 7, must hold 1 and 2; PEERS 18, a migrator that loses concurrent updates. COLUMNCRYPT_LONG=1: 1,000,000 rows on PostgreSQL, 100,000 on SQLite, ten kills.
[Collection(nameof(Alone))]
public sealed class KilledStepTests(ITestOutputHelper output)
{
    private static readonly bool s_isLong = Environment.GetEnvironmentVariable("COLUMNCRYPT_LONG") == "1";

    [Theory]
    [InlineData("postgresql", 100_000, 1_000_000)]
    [InlineData("sqlite", 10_000, 100_000)]
    public async Task Reencryption_KilledUnderWritersAndReaders_LosesNothing(string database, int gate, int longSize)
    {
        int rows = s_isLong ? longSize : gate;
        await using var ward = await Ward.CreateAsync(database);
        await ward.ExecuteAsync($"CREATE TABLE people (id integer PRIMARY KEY, name {ward.Bytes} NOT NULL)");
        await ward.RegisterAsync(ward.Column("people", "name"));
        await FillAsync(ward, rows, "people", "name", encrypts: true);
        var old = await ward.ActiveAsync("acme");
        await ward.Instance.Keys.CompromiseAsync(old, "a test");

        var bustle = new Bustle(
            ward,
            rows,
            static async (ward, id, text) => await ward.ExecuteAsync("UPDATE people SET name = @name WHERE id = @id", ("id", id), ("name", await ward.EncryptAsync("acme", "people.name", text))),
            static async (ward, id) => await ward.QueryAsync("SELECT name FROM people WHERE id = @id", ("id", id)) is [[byte[] value]] ? await ward.DecryptAsync("acme", "people.name", value) : null);
        var random = new Random(7);
        var work = StepProcess.RunAsync(ward, rows / 2.5, s_isLong ? 10 : 3, random);
        await bustle.WhileAsync(work, seed: 7);

        var (last, kills) = await work;
        output.WriteLine($"{rows} rows, {kills} kills, {bustle.Written} writes, {bustle.Read} reads");
        Assert.Equal("done 0 0", last);
        Assert.True(kills > 0);
        var active = await ward.ActiveAsync("acme");
        foreach (object?[] row in await ward.QueryAsync("SELECT id, name FROM people"))
        {
            int id = Convert.ToInt32(row[0], CultureInfo.InvariantCulture);
            Assert.Equal(bustle.Expected(id), await ward.DecryptAsync("acme", "people.name", (byte[])row[1]!));
            Assert.Equal(active, ValueFrame.ReadKeyId((byte[])row[1]!, ""));
        }

        Assert.True(bustle.Written > 50 && bustle.Read > 50);
        Assert.Equal(KeyState.Destroyed, (await ward.Instance.Keys.DestroyAsync(old, "emptied", ward.Data)).State);
    }

    // As a version of the application that adopts: what is written, and believed, is as the state of the column says.
    [Theory]
    [InlineData("postgresql", 100_000, 1_000_000)]
    [InlineData("sqlite", 10_000, 100_000)]
    public async Task Adoption_KilledInEveryStepUnderWritersAndReaders_LosesNothingAndLeavesNoPlaintext(string database, int gate, int longSize)
    {
        int rows = s_isLong ? longSize : gate;
        await using var ward = await Ward.CreateAsync(database);
        var people = await AdoptedPeople.CreateAsync(ward);
        await FillAsync(ward, rows, "people", "name", encrypts: false);
        Assert.True(await PlaintextAsync(ward) >= rows);
        var bustle = new Bustle(ward, rows, (_, id, text) => people.WriteAsync(id, text), (_, id) => people.ReadAsync(id));
        var work = AdoptAsync(ward, rows);
        await bustle.WhileAsync(work, seed: 11);

        output.WriteLine($"{rows} rows, {await work} kills, {bustle.Written} writes, {bustle.Read} reads");
        Assert.True(bustle.Written > 50 && bustle.Read > 50);
        Assert.Equal(0, await ward.CountAsync("SELECT count(*) FROM people WHERE name IS NOT NULL OR name_bi IS NULL"));
        foreach (object?[] row in await ward.QueryAsync("SELECT id, name_encrypted FROM people"))
        {
            Assert.Equal(bustle.Expected(Convert.ToInt32(row[0], CultureInfo.InvariantCulture)), await ward.DecryptAsync("acme", AdoptedPeople.Column, (byte[])row[1]!));
        }

        var taken = await Assert.ThrowsAnyAsync<DbException>(() => people.WriteAsync(1, bustle.Expected(2)));
        Assert.Contains("name_bi", taken.Message, StringComparison.Ordinal);
        await ward.ExecuteAsync(ward.IsPostgreSql ? "VACUUM FULL people" : "VACUUM");
        Assert.Equal(0, await PlaintextAsync(ward));
    }

    // Every step, and the time that each takes to be known everywhere; gives how often it was killed.
    private static async Task<int> AdoptAsync(Ward ward, int rows)
    {
        var random = new Random(11);
        int killed = 0;
        foreach (var (step, state, kills) in (IEnumerable<(AdoptStep, AdoptionState, int)>)[(AdoptStep.Adopt, AdoptionState.Verified, 3), (AdoptStep.Complete, AdoptionState.Encrypted, 1), (AdoptStep.Clear, AdoptionState.Cleared, 2)])
        {
            var (last, times) = await StepProcess.RunAsync(ward, rows, s_isLong ? 3 * kills : kills, random, AdoptedPeople.Column, step.ToString());
            Assert.Equal($"done {state} 0", last);
            Assert.True(times > 0, $"{step} was never killed.");
            killed += times;
            await Task.Delay(1_200);
        }

        return killed;
    }

    // How often plaintext stands in the files of the table.
    private static async Task<int> PlaintextAsync(Ward ward)
    {
        byte[] mark = Encoding.UTF8.GetBytes(Bustle.Mark);
        if (!ward.IsPostgreSql)
        {
            await ward.ExecuteAsync("PRAGMA wal_checkpoint(TRUNCATE)");

            // Whoever closes a file gives up every lock that the process has on it, SQLite's own too.
            SqliteConnection.ClearAllPools();
            return Count(await File.ReadAllBytesAsync(new SqliteConnectionStringBuilder(ward.Connections.Data).DataSource), mark);
        }

        // What is in memory alone goes to the files.
        await ward.ExecuteAsync("CHECKPOINT");
        return Count((byte[])(await ward.QueryAsync("SELECT pg_read_binary_file(pg_relation_filepath('people'))"))[0][0]!, mark);
    }

    private static int Count(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> mark)
    {
        int count = 0;
        for (int next; (next = bytes.IndexOf(mark)) >= 0; count++)
        {
            bytes = bytes[(next + mark.Length)..];
        }

        return count;
    }

    private static async Task FillAsync(Ward ward, int rows, string table, string column, bool encrypts)
    {
        await using var connection = await ward.Data.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        using var lease = await ward.Instance.AcquireRingAsync("acme", rows, TestContext.Current.CancellationToken);
        object Value(int id) => encrypts ? lease.Encrypt($"{table}.{column}", Bustle.Text(id, 0), ValueCodecs.For<string>()) : Bustle.Text(id, 0);
        if (ward.IsPostgreSql)
        {
            foreach (int[] ids in Enumerable.Range(0, rows).Chunk(10_000))
            {
                object values = encrypts ? ids.Select(id => (byte[])Value(id)).ToArray() : ids.Select(id => (string)Value(id)).ToArray();
                await Ward.ExecuteAsync(connection, $"INSERT INTO {table} (id, {column}) SELECT * FROM unnest(@ids, @values)", ("ids", ids), ("values", values));
            }
        }
        else
        {
            await using var command = connection.CreateCommand();
            command.Transaction = transaction;
            command.CommandText = $"INSERT INTO {table} (id, {column}) VALUES (@id, @value)";
            var (id, value) = (command.CreateParameter(), command.CreateParameter());
            (id.ParameterName, value.ParameterName) = ("id", "value");
            command.Parameters.Add(id);
            command.Parameters.Add(value);
            for (int i = 0; i < rows; i++)
            {
                (id.Value, value.Value) = (i, Value(i));
                await command.ExecuteNonQueryAsync();
            }
        }

        await transaction.CommitAsync();
    }
}
