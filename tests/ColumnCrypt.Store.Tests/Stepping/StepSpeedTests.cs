using System.Diagnostics;
using ColumnCrypt.Configuration;
using ColumnCrypt.Format;
using ColumnCrypt.Reencrypting;
using ColumnCrypt.Store.Tests.PostgreSql;
using Xunit;

namespace ColumnCrypt.Store.Tests.Stepping;

// Issue 7, speed: rows a second of a re-encryption beside a batched UPDATE of the same column; the target is 0.5, it fails at two thirds of that.
[Collection(nameof(Alone))]
public sealed class StepSpeedTests(ITestOutputHelper output)
{
    private const int Rows = 300_000;
    private const int Batch = 5_000;
    private const int Rounds = 3;

    [Fact]
    public async Task Reencryption_OnPostgreSql_TakesAtMostTwiceABatchedUpdate()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("COLUMNCRYPT_LONG") == "1", "Fixed costs weigh too much in fewer rows: COLUMNCRYPT_LONG=1 runs it.");
        await using var ward = await Ward.CreateAsync("postgresql");
        await ward.ExecuteAsync("CREATE TABLE people (id integer PRIMARY KEY, name bytea NOT NULL)");
        await ward.RegisterAsync(ward.Column("people", "name"));
        byte[][] values = new byte[Rows][];
        using (var lease = await ward.Instance.AcquireRingAsync("acme", Rows, TestContext.Current.CancellationToken))
        {
            values = [.. Enumerable.Range(0, Rows).Select(i => lease.Encrypt("people.name", $"Test Cedar {i:000000}", ValueCodecs.For<string>()))];
        }

        int[] ids = [.. Enumerable.Range(0, Rows)];
        await ward.ExecuteAsync("INSERT INTO people SELECT * FROM unnest(@ids, @values)", ("ids", ids), ("values", values));
        List<double> ratios = [];
        for (int round = 0; round < Rounds; round++)
        {
            await ward.ExecuteAsync("VACUUM ANALYZE people");
            long start = Stopwatch.GetTimestamp();
            foreach (var (some, theirs) in ids.Chunk(Batch).Zip(values.Chunk(Batch)))
            {
                await ward.ExecuteAsync("UPDATE people t SET name = v.name FROM unnest(@ids, @values) v(id, name) WHERE t.id = v.id", ("ids", some), ("values", theirs));
            }

            var plain = Stopwatch.GetElapsedTime(start);
            await ward.ExecuteAsync("VACUUM ANALYZE people");
            await ward.Instance.Keys.CompromiseAsync(await ward.ActiveAsync("acme"), "a test");
            await Task.Delay(1_100);
            var result = await ward.Instance.Keys.ReencryptAsync(new ReencryptOptions(), ward.Data);
            Assert.Equal((Rows, 0), (result.Changed, result.Left.Count));
            values = [.. (await ward.QueryAsync("SELECT name FROM people ORDER BY id")).Select(static row => (byte[])row[0]!)];
            ratios.Add(plain / result.Elapsed);
            output.WriteLine($"{Rows} rows: re-encrypted in {result.Elapsed.TotalSeconds:f2} s, updated in {plain.TotalSeconds:f2} s; ratio {plain / result.Elapsed:f2}");
        }

        Assert.InRange(ratios.Order().ElementAt(Rounds / 2), 0.33, double.MaxValue);
    }
}
