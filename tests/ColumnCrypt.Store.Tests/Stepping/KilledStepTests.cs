using ColumnCrypt.Configuration;
using ColumnCrypt.Format;
using ColumnCrypt.Manifest;
using ColumnCrypt.Metadata;
using ColumnCrypt.Store.Tests.PostgreSql;
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
        var work = StepProcess.RunAsync(ward, rows / 2.5, s_isLong ? 10 : 3, null, random);
        await bustle.WhileAsync(work, seed: 7);

        var (last, kills) = await work;
        output.WriteLine($"{rows} rows, {kills} kills, {bustle.Written} writes, {bustle.Read} reads");
        Assert.Equal("done 0 0", last);
        Assert.True(kills > 0);
        var active = await ward.ActiveAsync("acme");
        foreach (object?[] row in await ward.QueryAsync("SELECT id, name FROM people"))
        {
            int id = Convert.ToInt32(row[0], System.Globalization.CultureInfo.InvariantCulture);
            Assert.Equal(bustle.Expected(id), await ward.DecryptAsync("acme", "people.name", (byte[])row[1]!));
            Assert.Equal(active, ValueFrame.ReadKeyId((byte[])row[1]!, ""));
        }

        Assert.True(bustle.Written > 50 && bustle.Read > 50);
        Assert.Equal(KeyState.Destroyed, (await ward.Instance.Keys.DestroyAsync(old, "emptied", ward.Data)).State);
    }

    [Theory]
    [InlineData("postgresql", 100_000, 1_000_000)]
    [InlineData("sqlite", 10_000, 100_000)]
    public async Task Adoption_KilledUnderWritersAndReaders_LosesNothing(string database, int gate, int longSize)
    {
        int rows = s_isLong ? longSize : gate;
        await using var ward = await Ward.CreateAsync(database);
        await ward.ExecuteAsync($"CREATE TABLE people (id integer PRIMARY KEY, name text, name_encrypted {ward.Bytes} NOT NULL DEFAULT {(ward.IsPostgreSql ? "''" : "x''")})");
        await ward.RegisterAsync(ward.Column("people", "name_encrypted") with { Adoption = new ColumnAdoption { PlainColumn = "name", Tenant = RowTenant.Always("acme") }.ToJson() });
        await FillAsync(ward, rows, "people", "name", encrypts: false);

        // As a version of the application that adopts: both are written; the plaintext leads.
        var bustle = new Bustle(
            ward,
            rows,
            static async (ward, id, text) => await ward.ExecuteAsync(
                "UPDATE people SET name = @name, name_encrypted = @encrypted WHERE id = @id", ("id", id), ("name", text), ("encrypted", await ward.EncryptAsync("acme", "people.name_encrypted", text))),
            static async (ward, id) => await ward.QueryAsync("SELECT name, name_encrypted FROM people WHERE id = @id", ("id", id)) is [[string plain, byte[] value]]
                && (value.Length == 0 || await ward.DecryptAsync("acme", "people.name_encrypted", value) == plain) ? plain : null);
        var work = StepProcess.RunAsync(ward, rows, s_isLong ? 10 : 3, "people.name_encrypted", new Random(11));
        await bustle.WhileAsync(work, seed: 11);

        var (last, kills) = await work;
        output.WriteLine($"{rows} rows, {kills} kills, {bustle.Written} writes, {bustle.Read} reads");
        Assert.Equal("done Verified 0", last);
        Assert.True(kills > 0);
        foreach (object?[] row in await ward.QueryAsync("SELECT id, name, name_encrypted FROM people"))
        {
            int id = Convert.ToInt32(row[0], System.Globalization.CultureInfo.InvariantCulture);
            Assert.Equal(bustle.Expected(id), (string)row[1]!);
            Assert.Equal(bustle.Expected(id), await ward.DecryptAsync("acme", "people.name_encrypted", (byte[])row[2]!));
        }
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
