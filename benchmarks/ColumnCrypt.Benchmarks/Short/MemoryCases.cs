using System.Diagnostics;
using ColumnCrypt.Configuration;
using ColumnCrypt.Format;

namespace ColumnCrypt.Benchmarks.Short;

/// <summary>What the keys of many tenants cost in memory: the growth of the process's working set, the in-memory key tables included.</summary>
public static class MemoryCases
{
    private const int Tenants = 10_000;
    private const double MiB = 1024 * 1024;

    public static async IAsyncEnumerable<Measurement> RunAsync()
    {
        yield return await OfAsync(Tenants, 100);
    }

    /// <summary>The curve for the report.</summary>
    public static async IAsyncEnumerable<Measurement> CurveAsync()
    {
        foreach (int tenants in (int[])[1_000, 10_000, 100_000])
        {
            yield return await OfAsync(tenants, null);
        }
    }

    private static async Task<Measurement> OfAsync(int tenants, double? target)
    {
        await using var keys = ColumnCryptInstance.Create(static cc => cc.UseInMemoryKeys());
        await UseAsync(keys, "warm-up");
        long before = WorkingSet();
        for (int tenant = 0; tenant < tenants; tenant++)
        {
            await UseAsync(keys, $"tenant-{tenant}");
        }

        return new($"{tenants} tenants with one DEK each, each used once", (WorkingSet() - before) / MiB, target, "MiB");
    }

    private static async Task UseAsync(ColumnCryptInstance keys, string tenant)
    {
        using var lease = await keys.AcquireRingAsync(tenant, uses: 1, CancellationToken.None);
        lease.Encrypt("bench.value", tenant, ValueCodecs.For<string>());
    }

    private static long WorkingSet()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
