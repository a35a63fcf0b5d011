using ColumnCrypt.Benchmarks.Report;
using ColumnCrypt.Benchmarks.Short;

namespace ColumnCrypt.Benchmarks.Profile;

/// <summary>Each part of protecting and unprotecting a string, alone, by size. The parts of a line do not add up to the whole exactly: alone, each has its memory in the cache.</summary>
internal static class ValueParts
{
    private const int Times = 20_000;

    public static IAsyncEnumerable<Measurement> DirectAsync() => RunAsync(portable: false);

    public static IAsyncEnumerable<Measurement> PortableAsync() => RunAsync(portable: true);

    private static async IAsyncEnumerable<Measurement> RunAsync(bool portable)
    {
        foreach (int size in Sizes.All)
        {
            using var parts = new AeadBench(size, portable);
            using var whole = new ValueBench<string>(new string('x', size), portable);
            int times = Sizes.TimesOf(size, Times);
            yield return await OfAsync("protect", () => whole.Protect());
            yield return await OfAsync("- the cipher alone", parts.Encrypt);
            yield return await OfAsync("- the cipher, its context leased", parts.LeaseAndEncrypt);
            yield return await OfAsync("- the nonce", parts.Nonce);
            yield return await OfAsync("- the result, the text encoded into it", () => parts.Encode());
            yield return await OfAsync("unprotect", () => whole.Unprotect());
            yield return await OfAsync("- the cipher alone, decrypting", parts.Decrypt);
            yield return await OfAsync("- the cipher, its context leased, decrypting", parts.LeaseAndDecrypt);
            yield return await OfAsync("- the text decoded", () => parts.Decode());

            async Task<Measurement> OfAsync(string what, Action work) => new($"{what}, {size} B", await Interleaved.RatioAsync(parts.Base, work, times), null, "x base");
        }
    }
}
