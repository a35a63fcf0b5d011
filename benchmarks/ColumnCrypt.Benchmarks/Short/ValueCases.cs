using ColumnCrypt.Search;

namespace ColumnCrypt.Benchmarks.Short;

/// <summary>What one value costs, in time and on the heap.</summary>
public static class ValueCases
{
    private const int Times = 20_000;

    public static async IAsyncEnumerable<Measurement> RunAsync()
    {
        using var bench = new ValueBench(64);
        yield return new("protect a string of 64 B", await Interleaved.RatioAsync(bench.BaseEncrypt, () => bench.Protect(), Times), 1.15, "x base");
        yield return new("unprotect a string of 64 B", await Interleaved.RatioAsync(bench.BaseEncrypt, () => bench.Unprotect(), Times), 1.15, "x base");

        yield return new("blind index of a string of 64 B", await Interleaved.RatioAsync(bench.BaseEncrypt, () => bench.Index(), Times), 0.75, "x base");

        double array = AllocatedPer(() => new byte[bench.ValueSize]);
        double text = AllocatedPer(static () => new string('x', 64));
        yield return new("protect: allocated beyond the result", AllocatedPer(bench.Protect) - array, 0, "B", IsExact: true);
        double index = AllocatedPer(static () => new byte[IndexDefinition.FullBits / 8]);
        yield return new("blind index: allocated beyond the result", AllocatedPer(bench.Index) - index, 0, "B", IsExact: true);
        yield return new("unprotect: allocated beyond the result", AllocatedPer(bench.Unprotect) - text, 0, "B", IsExact: true);
    }

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
