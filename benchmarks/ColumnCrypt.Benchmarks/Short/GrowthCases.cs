using ColumnCrypt.Configuration;
using ColumnCrypt.Format;
using ColumnCrypt.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.Benchmarks.Short;

/// <summary>
/// What an operation costs, once warm, as tenants and DEK versions grow: a request acquires its tenant's ring, protects and unprotects ten strings in each
/// of three columns, and gives the ring back; tenants come in turn.
/// </summary>
public static class GrowthCases
{
    private const int Requests = 1_000;
    private const int ShortTenants = 10_000;
    private const int ShortVersions = 30;
    private const double Target = 1.3;

    private static readonly string[] s_purposes = ["bench.a", "bench.b", "bench.c"];

    /// <summary>For the gate: short sizes of both curves.</summary>
    public static async IAsyncEnumerable<Measurement> RunAsync()
    {
        await foreach (var measurement in TenantsAsync(ShortTenants, ShortTenants))
        {
            yield return measurement;
        }

        await foreach (var measurement in VersionsAsync(ShortVersions, ShortVersions))
        {
            yield return measurement;
        }
    }

    /// <summary>The curve for the report; up to 1,000,000 tenants where COLUMNCRYPT_LONG is 1.</summary>
    public static IAsyncEnumerable<Measurement> TenantsAsync() => TenantsAsync(100, Environment.GetEnvironmentVariable("COLUMNCRYPT_LONG") == "1" ? 1_000_000 : 100_000);

    /// <inheritdoc cref="TenantsAsync()"/>
    public static IAsyncEnumerable<Measurement> VersionsAsync() => VersionsAsync(10, 100);

    private static async IAsyncEnumerable<Measurement> TenantsAsync(int from, int to)
    {
        await using var one = await WarmAsync(1);
        for (int tenants = from; tenants <= to; tenants *= 10)
        {
            await using var many = await WarmAsync(tenants);
            int next = 0;
            double ratio = await Interleaved.RatioAsync(() => RunAsync(one, static () => 0), () => RunAsync(many, () => next++ % tenants));
            yield return new($"a request of 30 values, {tenants} tenants in turn", ratio, Target, "x one");
        }
    }

    private static async IAsyncEnumerable<Measurement> VersionsAsync(int from, int to)
    {
        for (int versions = from; versions <= to; versions *= 10)
        {
            var time = new ManualTimeProvider();
            await using var many = ColumnCryptInstance.Create(cc => cc.UseInMemoryKeys().UseTimeProvider(time));
            await using var single = ColumnCryptInstance.Create(cc => cc.UseInMemoryKeys().UseTimeProvider(time));
            byte[][] values = await RotatedAsync(many, time, versions);
            byte[][] values1 = await RotatedAsync(single, time, 1);
            yield return new($"read under {versions} DEK versions in turn", await Interleaved.RatioAsync(() => ReadAsync(single, values1), () => ReadAsync(many, values)), Target, "x one");
        }
    }

    private static async Task<ColumnCryptInstance> WarmAsync(int tenants)
    {
        var keys = ColumnCryptInstance.Create(cc =>
        {
            cc.UseInMemoryKeys();
            cc.Bounds.MaxCachedKeys = Math.Max(100_000, 2 * tenants);
            cc.Bounds.MaxCipherContexts = 4 * Math.Max(25_000, tenants);
        });
        for (int tenant = 0; tenant < tenants; tenant++)
        {
            await RequestAsync(keys, tenant);
        }

        return keys;
    }

    private static async Task RunAsync(ColumnCryptInstance keys, Func<int> tenant)
    {
        for (int i = 0; i < Requests; i++)
        {
            await RequestAsync(keys, tenant());
        }
    }

    private static async Task RequestAsync(ColumnCryptInstance keys, int tenant)
    {
        var codec = ValueCodecs.For<string>();
        using var lease = await keys.AcquireRingAsync($"tenant-{tenant}", 30, CancellationToken.None);
        foreach (string purpose in s_purposes)
        {
            for (int i = 0; i < 10; i++)
            {
                lease.Decrypt(purpose, lease.Encrypt(purpose, "a string of some thirty letters", codec), codec);
            }
        }
    }

    private static async Task<byte[][]> RotatedAsync(ColumnCryptInstance keys, ManualTimeProvider time, int versions)
    {
        byte[][] values = new byte[versions][];
        for (int version = 0; version < versions; version++)
        {
            if (version > 0)
            {
                var published = await keys.Keys.RotateAsync("bench");
                do
                {
                    time.Advance(TimeSpan.FromSeconds(10));
                    (await keys.AcquireRingAsync("bench", 0, CancellationToken.None)).Dispose();
                }
                while ((await keys.Keys.ListKeysAsync("bench")).Single(key => key.KeyId == published.KeyId).State != Metadata.KeyState.Active);
            }

            using var lease = await keys.AcquireRingAsync("bench", 1, CancellationToken.None);
            values[version] = lease.Encrypt("bench.a", "a string of some thirty letters", ValueCodecs.For<string>());
        }

        return values;
    }

    private static async Task ReadAsync(ColumnCryptInstance keys, byte[][] values)
    {
        using var lease = await keys.AcquireRingAsync("bench", 0, CancellationToken.None);
        for (int i = 0; i < 30 * Requests; i++)
        {
            lease.Decrypt("bench.a", values[i % values.Length], ValueCodecs.For<string>());
        }
    }
}
