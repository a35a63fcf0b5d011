namespace ColumnCrypt.Benchmarks.Short;

/// <summary>What a key that is wrapped costs in the cryptography of a KEK of this process.</summary>
public static class WrapCases
{
    private const int Times = 10_000;
    private const double Target = 2.3;

    public static async IAsyncEnumerable<Measurement> RunAsync()
    {
        using var bench = new WrapBench(portable: false);
        yield return await OfAsync("rewrap", bench, bench.Rewrap, Target);
    }

    /// <summary>Each step with each provider, for the report.</summary>
    public static async IAsyncEnumerable<Measurement> StepsAsync()
    {
        foreach (bool portable in (bool[])[false, true])
        {
            using var bench = new WrapBench(portable);
            yield return await OfAsync("wrap", bench, bench.Wrap, null);
            yield return await OfAsync("unwrap", bench, () => bench.Unwrap(), null);
            yield return await OfAsync("rewrap", bench, bench.Rewrap, portable ? null : Target);
            yield return await OfAsync("renew under the same KEK", bench, bench.Renew, null);
        }
    }

    private static async Task<Measurement> OfAsync(string step, WrapBench bench, Func<object> work, double? target) =>
        new($"{step} of a DEK, file: KEK, {bench.Cipher}", await Interleaved.RatioAsync(bench.Base, () => work(), Times), target, "x base");
}
