using System.Security.Cryptography;
using ColumnCrypt.Configuration;
using ColumnCrypt.Format;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.Benchmarks.Short;

/// <summary>Threads that share one key, beside as many threads that have an <see cref="AesGcm"/> each and share nothing.</summary>
public static class ContentionCases
{
    private const int Times = 10_000;

    public static async IAsyncEnumerable<Measurement> RunAsync()
    {
        yield return await OfAsync(2, portable: true, 1.10);
        yield return await OfAsync(2, portable: false, 1.10);
    }

    /// <summary>The curve for the report.</summary>
    public static async IAsyncEnumerable<Measurement> CurveAsync()
    {
        foreach (bool portable in (bool[])[false, true])
        {
            foreach (int threads in (int[])[1, 2, 4, 8])
            {
                yield return await OfAsync(threads, portable, target: null);
            }
        }
    }

    private static async Task<Measurement> OfAsync(int threads, bool portable, double? target)
    {
        await using var keys = ColumnCryptInstance.Create(cc => _ = portable ? cc.UseInMemoryKeys().UsePortableCipher() : cc.UseInMemoryKeys());
        using var lease = await keys.AcquireRingAsync("bench", 1L << 28, CancellationToken.None);
        var codec = ValueCodecs.For<string>();
        string text = new('x', 64);
        double ratio = await Interleaved.RatioAsync(() => TogetherAsync(threads, OwnAesGcm), () => TogetherAsync(threads, () =>
        {
            for (int i = 0; i < Times; i++)
            {
                lease.Encrypt("bench.value", text, codec);
            }
        }));
        return new($"{threads} threads protect 64 B under one key, {keys.Cipher}", ratio, target, "x own");
    }

    private static void OwnAesGcm()
    {
        using var gcm = new AesGcm(new byte[32], 16);
        Span<byte> nonce = stackalloc byte[12];
        Span<byte> associated = stackalloc byte[48];
        Span<byte> tag = stackalloc byte[16];
        byte[] text = new byte[64];
        for (int i = 0; i < Times; i++)
        {
            gcm.Encrypt(nonce, text, text, tag, associated);
        }
    }

    private static Task TogetherAsync(int threads, Action work) =>
        Task.WhenAll(Enumerable.Range(0, threads).Select(_ => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
}
