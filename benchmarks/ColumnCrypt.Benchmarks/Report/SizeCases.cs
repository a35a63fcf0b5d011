using ColumnCrypt.Benchmarks.Peers;
using ColumnCrypt.Benchmarks.Short;

namespace ColumnCrypt.Benchmarks.Report;

/// <summary>One value by size and by type with each provider, and the constructions of others beside it.</summary>
public static class SizeCases
{
    private const int Times = 20_000;

    public static async IAsyncEnumerable<Measurement> RunAsync()
    {
        foreach (int size in Sizes.All)
        {
            int times = Sizes.TimesOf(size, Times);
            foreach (bool portable in (bool[])[false, true])
            {
                using var bench = new ValueBench<string>(new string('x', size), portable);
                var (encrypt, decrypt) = TargetsOf(size, bench.Cipher == "libcrypto");
                yield return new($"protect {size} B, {bench.Cipher}", await Interleaved.RatioAsync(bench.BaseEncrypt, () => bench.Protect(), times), encrypt, "x base");
                yield return new($"unprotect {size} B, {bench.Cipher}", await Interleaved.RatioAsync(bench.BaseEncrypt, () => bench.Unprotect(), times), decrypt, "x base");
            }
        }
    }

    public static async IAsyncEnumerable<Measurement> TypesAsync()
    {
        yield return await OfAsync(42, "int");
        yield return await OfAsync(42.5m, "decimal");
        yield return await OfAsync(Guid.Parse("6f9619ff-8b86-d011-b42d-00c04fc964ff"), "Guid");
        yield return await OfAsync(new DateOnly(1815, 12, 10), "DateOnly");
        yield return await OfAsync(new byte[64], "byte[64]");
        yield return await OfAsync(string.Concat(Enumerable.Repeat("Größe漢字", 8)), "string, 56 non-ASCII characters");
        yield return await OfAsync((List<int>)[1, 2, 3, 4], "List<int> as JSON");
    }

    public static async IAsyncEnumerable<Measurement> PeersAsync()
    {
        using var bench = new ValueBench<string>(new string('x', 64), portable: false);
        using var peers = new PeerConstructions(new string('x', 64));
        yield return new($"ColumnCrypt, {bench.Cipher}", await Interleaved.RatioAsync(bench.BaseEncrypt, () => bench.Protect(), Times), null, "x base");
        using var portable = new ValueBench<string>(new string('x', 64), portable: true);
        yield return new("ColumnCrypt, AesGcm", await Interleaved.RatioAsync(bench.BaseEncrypt, () => portable.Protect(), Times), null, "x base");
        yield return new("new AesGcm per value, base64", await Interleaved.RatioAsync(bench.BaseEncrypt, () => peers.NewAesGcmAndBase64(), Times / 4), null, "x base");
        yield return new("AES-CBC and HMAC-SHA-256", await Interleaved.RatioAsync(bench.BaseEncrypt, () => peers.CbcAndHmac(), Times / 4), null, "x base");
        yield return new("JWE with a key per value", await Interleaved.RatioAsync(bench.BaseEncrypt, () => peers.JweWithAKeyPerValue(), Times / 16), null, "x base");
    }

    private static async Task<Measurement> OfAsync<T>(T value, string name)
    {
        using var bench = new ValueBench<T>(value, portable: false);
        return new($"protect {name}, {bench.Cipher}", await Interleaved.RatioAsync(bench.BaseEncrypt, () => bench.Protect(), Times), null, "x base");
    }

    private static (double? Encrypt, double? Decrypt) TargetsOf(int size, bool direct) => size switch
    {
        64 => direct ? (0.34, 0.34) : (0.95, 0.95),
        1024 => (direct ? 0.55 : 1.06, null),
        16 * 1024 => (direct ? 1.15 : 1.32, null),
        _ => (null, null),
    };
}
