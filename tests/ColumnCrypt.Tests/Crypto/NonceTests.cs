using System.Diagnostics;
using ColumnCrypt.Crypto;
using ColumnCrypt.TestSupport;

namespace ColumnCrypt.Tests.Crypto;

// PEERS 6: no nonce is ever derived from a fixed value. SPEC-VAL-4
public sealed class NonceTests
{
    [Fact]
    public void Nonces_OfManyThreads_NeverRepeat()
    {
        var source = new NonceSource(TimeProvider.System);
        var seen = new HashSet<string>[4];
        Parallel.For(0, 4, i =>
        {
            seen[i] = [];
            Span<byte> nonce = stackalloc byte[NonceSource.Size];
            for (int n = 0; n < 50_000; n++)
            {
                source.Next(nonce);
                seen[i].Add(Convert.ToHexString(nonce));
            }
        });
        Assert.Equal(200_000, seen.SelectMany(static set => set).Distinct().Count());
    }

    [Fact]
    public void Nonces_FetchedAheadByTheSystemsClock_AreDroppedAfter100Milliseconds()
    {
        int fetches = 0;
        var source = new NonceSource(TimeProvider.System, bytes =>
        {
            fetches++;
            SystemRandom.Fill(bytes);
        });
        byte[] nonce = new byte[NonceSource.Size];
        long start = Stopwatch.GetTimestamp();
        source.Next(nonce);
        SpinWait.SpinUntil(() => Stopwatch.GetElapsedTime(start) > TimeSpan.FromMilliseconds(101));
        source.Next(nonce);
        Assert.Equal(2, fetches);
    }

    [Fact]
    public void Nonces_FetchedAhead_AreDroppedAfter100Milliseconds()
    {
        var time = new ManualTimeProvider();
        int fetches = 0;
        var source = new NonceSource(time, bytes =>
        {
            fetches++;
            SystemRandom.Fill(bytes);
        });
        byte[] nonce = new byte[NonceSource.Size];
        for (int i = 0; i < 32; i++)
        {
            source.Next(nonce);
        }

        Assert.Equal(1, fetches);
        source.Next(nonce);
        Assert.Equal(2, fetches);
        time.Advance(TimeSpan.FromMilliseconds(100));
        source.Next(nonce);
        Assert.Equal(2, fetches);
        time.Advance(TimeSpan.FromMilliseconds(1));
        source.Next(nonce);
        Assert.Equal(3, fetches);
    }
}
