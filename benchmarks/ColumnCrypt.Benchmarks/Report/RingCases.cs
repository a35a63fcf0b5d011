using ColumnCrypt.Benchmarks.Short;
using ColumnCrypt.Configuration;
using ColumnCrypt.Format;
using ColumnCrypt.Keys;
using ColumnCrypt.Search;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.Benchmarks.Report;

/// <summary>What it costs to have a tenant's keys at hand, and blind indexes by kind. The base is that of 64 B.</summary>
public static class RingCases
{
    private const int Times = 20_000;
    private const string Purpose = "bench.value";
    private static readonly IndexVersions s_indexes = new([1], []);

    public static async IAsyncEnumerable<Measurement> LookupsAsync()
    {
        await using var keys = ColumnCryptInstance.Create(static cc => cc.UseInMemoryKeys());
        using var bench = new AeadBench(64, portable: false);
        using var held = await keys.AcquireRingAsync("bench", 1L << 28, CancellationToken.None);
        byte[] value = held.Encrypt(Purpose, "x", ValueCodecs.For<string>());
        yield return await OfAsync("acquire a tenant's ring and give it back, to read", () => keys.AcquireRing("bench", 0).Dispose());
        yield return await OfAsync("acquire a tenant's ring and give it back, 30 uses granted", () => keys.AcquireRing("bench", 30).Dispose());
        yield return await OfAsync("lease a cipher context and encrypt 64 B", bench.LeaseAndEncrypt);
        yield return await OfAsync("the same, the context at hand", bench.Encrypt);
        yield return await OfAsync("find the key of a value and decrypt 1 B", () => held.Decrypt(Purpose, value, ValueCodecs.For<string>()));

        async Task<Measurement> OfAsync(string what, Action work) => new(what, await Interleaved.RatioAsync(bench.Base, work, Times), null, "x base");
    }

    public static async IAsyncEnumerable<Measurement> IndexesAsync()
    {
        using var bench = new AeadBench(64, portable: false);
        await using var keys = ColumnCryptInstance.Create(static cc => cc.UseInMemoryKeys());
        using var lease = await keys.AcquireRingAsync("bench", 0, s_indexes, CancellationToken.None);
        foreach (int size in (int[])[16, 64, 1024])
        {
            yield return await OfAsync($"eq, {size} B", "eq", new string('x', size), target: size == 64 ? 0.75 : null);
        }

        yield return await OfAsync("eq, ci@1, 64 B", "eq", new string('X', 64), "ci@1");
        yield return await OfAsync("last4, digits@1", "last4", "000-56-1950", "digits@1");
        yield return await OfAsync("prefix:3", "prefix:3", "Cedarwood");
        yield return await OfAsync("domain, email@1", "domain", "test.cedar@example.org", "email@1");
        yield return await OfAsync("year", "year", new DateOnly(1936, 2, 27));
        yield return await OfAsync("bucket:0:100:1000", "bucket:0:100:1000", 4_200);
        var composite = new IndexDefinition(Purpose, "composite", "none@1,none@1");
        yield return await OfAction("composite of a text and a date", () => lease.Index(
            composite, [IndexPart.Of("Test Cedar 001", ValueCodecs.For<string>()), IndexPart.Of(new DateOnly(1936, 2, 27), ValueCodecs.For<DateOnly>())], IndexUse.Write), null);

        Task<Measurement> OfAsync<T>(string what, string kind, T value, string normaliser = IndexDefinition.NoNormaliser, double? target = null)
        {
            var definition = new IndexDefinition(Purpose, kind, normaliser);
            return OfAction(what, () => lease.Index(definition, value, ValueCodecs.For<T>(), IndexUse.Write), target);
        }

        async Task<Measurement> OfAction(string what, Action work, double? target) => new(what, await Interleaved.RatioAsync(bench.Base, work, Times), target, "x base");
    }
}
