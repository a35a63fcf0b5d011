using System.Diagnostics;
using ColumnCrypt.Configuration;
using ColumnCrypt.Jobs;
using ColumnCrypt.Kek;
using ColumnCrypt.Metadata;
using ColumnCrypt.Rewrap;
using ColumnCrypt.Store.Tests.Hosts;
using ColumnCrypt.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Xunit;

namespace ColumnCrypt.Store.Tests.PostgreSql;

// Issue 3, speed: a whole rewrap with local KEKs beside a batched UPDATE of the same rows; the target is 2, the gate 1.5 times that.
// Its memory does not grow with the number of keys. COLUMNCRYPT_LONG=1: from 10,000 to 1,000,000 of them.
[Collection(nameof(Alone))]
public sealed class RewrapSpeedTests(ITestOutputHelper output)
{
    private const int Keys = 20_000;
    private const int Batch = 1_000;
    private const int Rounds = 3;
    private const string Passphrase = "a passphrase for tests";

    [Fact]
    public async Task Rewrap_Of20000Keys_TakesNotMuchLongerThanABatchedUpdate()
    {
        await using var host = new PostgreSqlHost();
        using var folder = new TempFolder();
        var (store, old) = await FillAsync(host, folder, Keys);
        await host.ExecuteAsync("ANALYZE");
        List<TimeSpan> rewrapping = [];
        List<TimeSpan> updating = [];
        for (var round = 0; round < Rounds; round++)
        {
            var kek = NewKek(folder, $"new-{round}");
            using var instance = Open(store, old, kek);
            var watch = Stopwatch.StartNew();
            var result = await instance.Keys.RewrapAsync(new RewrapOptions(kek) { BatchSize = Batch });
            rewrapping.Add(watch.Elapsed);
            Assert.Equal((Keys + 1, 0), (result.Succeeded, result.Failures.Count));
            updating.Add(await UpdateAsync(host, await WrapsAsync(store, kek)));
            await host.ExecuteAsync($"DELETE FROM columncrypt_wrap WHERE kek_id = '{kek}'");
            await host.ExecuteAsync("VACUUM ANALYZE");
        }

        var (rewrap, update) = (rewrapping.Order().ElementAt(Rounds / 2), updating.Order().ElementAt(Rounds / 2));
        output.WriteLine($"{Keys} keys: rewrap {rewrap.TotalSeconds:f2} s, {Keys / rewrap.TotalSeconds:f0} keys/s; batched UPDATE {update.TotalSeconds:f2} s; ratio {rewrap / update:f2}");
        Assert.InRange(rewrap / update, 0, 3);
    }

    [Fact]
    public async Task Rewrap_OfMoreKeys_TakesNoMoreMemory()
    {
        var (less, more) = Environment.GetEnvironmentVariable("COLUMNCRYPT_LONG") == "1" ? (10_000, 1_000_000) : (5_000, 20_000);
        long few = await LiveBytesAsync(less);
        long many = await LiveBytesAsync(more);
        output.WriteLine($"alive at most beyond the start: {few / 1024} KiB with {less} keys, {many / 1024} KiB with {more}");

        // 15,000 more keys at 500 bytes each would be 7.5 MB; what the batch under way holds varies by 2.
        Assert.InRange(many - few, long.MinValue, 6_000_000);
    }

    private static async Task<long> LiveBytesAsync(int count)
    {
        await using var host = new PostgreSqlHost();
        using var folder = new TempFolder();
        var (store, old) = await FillAsync(host, folder, count);
        var kek = NewKek(folder, "new");
        using var instance = Open(store, old, kek);
        await instance.Keys.RewrapAsync(new RewrapOptions(kek) { DryRun = true });
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var most = before;
        var result = await instance.Keys.RewrapAsync(new RewrapOptions(kek), new EachBatch(() => most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true))));
        Assert.Equal(count + 1, result.Succeeded);
        return most - before;
    }

    private static async Task<(IKeyStore Store, string Kek)> FillAsync(PostgreSqlHost host, TempFolder folder, int count)
    {
        var store = await host.OpenCreatedAsync();
        var old = NewKek(folder, "old");
        await ManyKeys.FillAsync(store, count, cc => cc.UseKek(old, static kek => kek.Passphrase = Passphrase));
        return (store, old);
    }

    private static string NewKek(TempFolder folder, string name)
    {
        FileKek.Create(folder.File($"{name}.json"), Passphrase, new FileKekOptions { Iterations = 100_000 });
        return $"file:{folder.File($"{name}.json")}";
    }

    private static ColumnCryptInstance Open(IKeyStore store, string old, string kek) => ColumnCryptInstance.Create(cc => cc
        .UseKek(old, static options => options.Passphrase = Passphrase)
        .AllowKek(kek, static options => options.Passphrase = Passphrase)
        .UseKeyStore(() => new MeddlingKeyStore(store)));

    private static async Task<List<WrapRecord>> WrapsAsync(IKeyStore store, string kek)
    {
        List<KeyWithWraps> keys = [];
        while (await store.Inventory.ReadKeysAsync(keys is [.., var last] ? last.Key.KeyId : null, null, 5_000, CancellationToken.None) is { Count: > 0 } page)
        {
            keys.AddRange(page);
        }

        return [.. keys.Select(key => key.Wraps.Single(wrap => wrap.KekId == kek))];
    }

    // The same rows again, by one UPDATE for each batch and its own transaction: what the database itself takes.
    private static async Task<TimeSpan> UpdateAsync(PostgreSqlHost host, IReadOnlyList<WrapRecord> wraps)
    {
        await using var source = NpgsqlDataSource.Create(host.ConnectionString);
        await using var connection = await source.OpenConnectionAsync();
        var watch = Stopwatch.StartNew();
        foreach (var batch in wraps.Chunk(Batch))
        {
            await using var command = new NpgsqlCommand(
                """
                UPDATE columncrypt_wrap w SET wrapped = i.wrapped, verified_at = i.verified_at
                FROM unnest(@key_id, @kek_id, @wrapped, @verified_at) i (key_id, kek_id, wrapped, verified_at)
                WHERE w.key_id = i.key_id AND w.kek_id = i.kek_id AND w.kek_version = ''
                """,
                connection);
            command.Parameters.AddWithValue("key_id", batch.Select(static wrap => wrap.KeyId.ToArray()).ToArray());
            command.Parameters.AddWithValue("kek_id", batch.Select(static wrap => wrap.KekId).ToArray());
            command.Parameters.AddWithValue("wrapped", batch.Select(static wrap => wrap.Wrapped!).ToArray());
            command.Parameters.AddWithValue("verified_at", batch.Select(static wrap => wrap.VerifiedAt!.Value).ToArray());
            Assert.Equal(batch.Length, await command.ExecuteNonQueryAsync());
        }

        return watch.Elapsed;
    }

    private sealed class EachBatch(Action action) : IProgress<JobProgress>
    {
        public void Report(JobProgress value) => action();
    }
}
