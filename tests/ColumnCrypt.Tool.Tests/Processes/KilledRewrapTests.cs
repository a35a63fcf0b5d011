using System.Globalization;
using System.Security.Cryptography;
using ColumnCrypt.Configuration;
using ColumnCrypt.Format;
using ColumnCrypt.PostgreSql;
using ColumnCrypt.Tool.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace ColumnCrypt.Tool.Tests.Processes;

// Must hold 1 of the life of keys, as the command. COLUMNCRYPT_LONG=1: 100,000 keys and ten kills.
public sealed class KilledRewrapTests
{
    [Fact]
    public async Task Rewrap_KilledAtRandomMoments_LosesNoKey_TouchesNoRow_AndReportsTheBadRecord()
    {
        bool isLong = Environment.GetEnvironmentVariable("COLUMNCRYPT_LONG") == "1";
        var (count, kills) = isLong ? (100_000, 10) : (10_000, 3);
        using var jo = new Operator(DatabaseKind.PostgreSql);
        using var store = PostgreSqlKeyStore.Open(jo.Connection, new PostgreSqlKeyStoreOptions { CreateTables = true });
        await store.CreateTablesAsync(default);
        var values = await ManyKeys.FillAsync(store, count, cc => cc.UseKek(jo.KekA, static kek => kek.Passphrase = Operator.Passphrase));
        await using var database = NpgsqlDataSource.Create(jo.Connection);
        await WriteRowsAsync(database, values);
        string before = await HashOfRowsAsync(database);
        const string bad = "t000007";
        await database.CreateCommand($"UPDATE columncrypt_wrap SET wrapped = set_byte(wrapped, 20, get_byte(wrapped, 20) # 1) WHERE key_id = (SELECT key_id FROM columncrypt_key WHERE tenant = '{bad}')").ExecuteNonQueryAsync();
        jo.AllowB();

        string rewrap = $"columncrypt rewrap --to {jo.KekB} --batch 100";
        var random = new Random(11);
        for (int kill = 1; kill <= kills; kill++)
        {
            using var process = ToolProcess.Start(jo, $"{rewrap} --rate {count / 4}", []);
            while (await MovedAsync(database, jo.KekB) < (long)count * kill / (kills + 2))
            {
                Assert.False(process.HasExited, "The rewrap ended before it was killed.");
                await Task.Delay(20);
            }

            await Task.Delay(random.Next(200));
            process.Kill();
            await process.WaitForExitAsync();
        }

        var rest = await ToolProcess.RunAsync(jo, $"{rewrap} --json");
        Assert.Equal((1, count + 1), (rest.Code, (int)rest.Json["job"]!["processed"]!));
        Assert.Equal(1, (int)rest.Json["job"]!["failed"]!);
        Assert.InRange((int)rest.Json["processed"]!, 1, count - 1);

        // A run that was killed has met the bad record, or this one: once more, and it is named.
        var again = await ToolProcess.RunAsync(jo, $"{rewrap} --json");
        Assert.Equal((1, bad), (again.Code, (string)again.Json["failures"]![0]!["tenant"]!));

        // The bad record keeps its old wrap, and drop says so.
        var drop = await ToolProcess.RunAsync(jo, $"columncrypt rewrap --to {jo.KekB} --drop --force --yes --json");
        Assert.Equal((1, bad), (drop.Code, (string)drop.Json["failures"]![0]!["tenant"]!));
        Assert.Equal(before, await HashOfRowsAsync(database));
        Assert.Equal(0, (await ToolProcess.RunAsync(jo, "columncrypt audit verify")).Code);
        using var fresh = ColumnCryptInstance.Create(cc => cc.UseKek(jo.KekB, static kek => kek.Passphrase = Operator.OtherPassphrase).UsePostgreSqlKeyStore(jo.Connection));
        int wrong = 0;
        foreach (var (tenant, value) in values.Where(static pair => pair.Key != bad))
        {
            using var lease = await fresh.AcquireRingAsync(tenant, 0, default);
            wrong += lease.Decrypt("p", value, ValueCodecs.For<string>()) == tenant ? 0 : 1;
        }

        Assert.Equal(0, wrong);
    }

    private static async Task WriteRowsAsync(NpgsqlDataSource database, IReadOnlyDictionary<string, byte[]> values)
    {
        await database.CreateCommand("CREATE TABLE patient (tenant text PRIMARY KEY, name bytea NOT NULL)").ExecuteNonQueryAsync();
        await using var connection = await database.OpenConnectionAsync();
        await using var copy = await connection.BeginBinaryImportAsync("COPY patient FROM STDIN (FORMAT binary)");
        foreach (var (tenant, value) in values)
        {
            await copy.StartRowAsync();
            await copy.WriteAsync(tenant);
            await copy.WriteAsync(value);
        }

        await copy.CompleteAsync();
    }

    // With the place of each row version: not even an update to the same bytes passes unseen.
    private static async Task<string> HashOfRowsAsync(NpgsqlDataSource database)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var rows = await database.CreateCommand("SELECT ctid::text || xmin::text || tenant, name FROM patient ORDER BY tenant").ExecuteReaderAsync();
        while (await rows.ReadAsync())
        {
            hash.AppendData(System.Text.Encoding.UTF8.GetBytes(rows.GetString(0)));
            hash.AppendData(rows.GetFieldValue<byte[]>(1));
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }

    private static async Task<long> MovedAsync(NpgsqlDataSource database, string kek)
    {
        await using var command = database.CreateCommand("SELECT count(*) FROM columncrypt_wrap WHERE kek_id = $1");
        command.Parameters.AddWithValue(kek);
        return Convert.ToInt64(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture);
    }
}
