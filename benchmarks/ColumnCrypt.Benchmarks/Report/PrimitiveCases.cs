using ColumnCrypt.Benchmarks.Short;

namespace ColumnCrypt.Benchmarks.Report;

/// <summary>The cipher alone, by size, and the sources of nonces.</summary>
public static class PrimitiveCases
{
    private const int Times = 20_000;

    public static async IAsyncEnumerable<Measurement> RunAsync()
    {
        using var small = new AeadBench(64, portable: true);
        foreach (int size in Sizes.All)
        {
            using var portable = new AeadBench(size, portable: true);
            using var direct = new AeadBench(size, portable: false);
            int times = Sizes.TimesOf(size, Times);
            yield return new($"the base at {size} B, in bases of 64 B", await Interleaved.RatioAsync(small.Base, portable.Base, times), null, "x base");
            yield return new($"AesGcm without associated data, {size} B", await Interleaved.RatioAsync(portable.Base, portable.WithoutAssociated, times), null, "x base");
            yield return new($"new AesGcm for each, {size} B", await Interleaved.RatioAsync(portable.Base, portable.NewAesGcm, times), null, "x base");
            yield return new($"encrypt {size} B, {direct.Cipher} alone", await Interleaved.RatioAsync(portable.Base, direct.Encrypt, times), null, "x base");
            yield return new($"decrypt {size} B, {direct.Cipher} alone", await Interleaved.RatioAsync(portable.Base, direct.Decrypt, times), null, "x base");
        }
    }

    public static async IAsyncEnumerable<Measurement> NoncesAsync()
    {
        using var bench = new AeadBench(64, portable: false);
        yield return new("a value's nonce: up to 32 fetched at once", await Interleaved.RatioAsync(bench.Base, bench.Nonce, Times), null, "x base");
        yield return new("a wrap's nonce: getrandom for each", await Interleaved.RatioAsync(bench.Base, bench.SystemNonce, Times), null, "x base");
        yield return new("RandomNumberGenerator.Fill for each", await Interleaved.RatioAsync(bench.Base, bench.PlatformNonce, Times), null, "x base");
    }
}
