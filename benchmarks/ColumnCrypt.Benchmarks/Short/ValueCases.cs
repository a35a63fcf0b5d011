using ColumnCrypt.Search;

namespace ColumnCrypt.Benchmarks.Short;

/// <summary>What one value costs, in time and on the heap, with each provider.</summary>
public static class ValueCases
{
    private const int Times = 20_000;

    public static async IAsyncEnumerable<Measurement> RunAsync()
    {
        foreach (bool portable in (bool[])[false, true])
        {
            await foreach (var measurement in TimesAsync(portable))
            {
                yield return measurement;
            }
        }

        using var bench = Of(64, portable: false);
        yield return new("blind index of a string of 64 B", await Interleaved.RatioAsync(bench.BaseEncrypt, () => bench.Index(), Times), 0.75, "x base");

        double array = AllocatedPer(() => new byte[bench.ValueSize]);
        double text = AllocatedPer(static () => new string('x', 64));
        yield return new("protect: allocated beyond the result", AllocatedPer(bench.Protect) - array, 0, "B", IsExact: true);
        double index = AllocatedPer(static () => new byte[IndexDefinition.FullBits / 8]);
        yield return new("blind index: allocated beyond the result", AllocatedPer(bench.Index) - index, 0, "B", IsExact: true);
        yield return new("unprotect: allocated beyond the result", AllocatedPer(bench.Unprotect) - text, 0, "B", IsExact: true);
        yield return new("protect into memory of the caller's: allocated", AllocatedPer(() => bench.TryProtect() ? s_done : s_failed), 0, "B", IsExact: true);
    }

    private static readonly object s_done = new();
    private static readonly object s_failed = new();

    private static async IAsyncEnumerable<Measurement> TimesAsync(bool portable)
    {
        foreach (var (size, direct, throughAesGcm) in ((int, double, double)[])[(64, 0.34, 0.95), (1024, 0.55, 1.06), (16 * 1024, 1.15, 1.32)])
        {
            using var bench = Of(size, portable);
            double target = bench.Cipher == "libcrypto" ? direct : throughAesGcm;
            int times = Math.Max(1_000, Times * 64 / size);
            yield return new($"protect a string of {size} B, {bench.Cipher}", await Interleaved.RatioAsync(bench.BaseEncrypt, () => bench.Protect(), times), target, "x base");
            if (size == 64)
            {
                yield return new($"unprotect a string of {size} B, {bench.Cipher}", await Interleaved.RatioAsync(bench.BaseEncrypt, () => bench.Unprotect(), times), target, "x base");
            }
        }
    }

    private static ValueBench<string> Of(int size, bool portable) => new(new string('x', size), portable);

    private static double AllocatedPer(Func<object> make)
    {
        make();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Times; i++)
        {
            GC.KeepAlive(make());
        }

        return (GC.GetAllocatedBytesForCurrentThread() - before) / (double)Times;
    }
}
