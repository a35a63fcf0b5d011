using System.Diagnostics;
using ColumnCrypt.Columns;
using ColumnCrypt.Crypto;
using ColumnCrypt.TestSupport;
using ColumnCrypt.Tests.Keys;

namespace ColumnCrypt.Tests.Crypto;

// No nonce is ever derived from a fixed value, a plaintext or a column: that two values are equal is shown by a blind index alone. SPEC-VAL-4
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

    // Under one nonce, the difference of two ciphertexts would be that of their plaintexts.
    [Fact]
    public async Task EqualValues_OfOneColumn_ShareNeitherNonceNorKeyStream()
    {
        const int NonceAt = 17;
        const int TextAt = NonceAt + NonceSource.Size;
        const string Text = "one and the same";
        using var node = new TestNode();
        using var indexed = await node.Instance.GetCipherAsync<string>(
            "acme", "person.ssn", 2_000, indexes: new ColumnIndexes { Columns = [new("Ssn_bi")] }, cancellationToken: TestContext.Current.CancellationToken);
        byte[][] values = [.. Enumerable.Range(0, 2_000).Select(_ => indexed.Encrypt(Text))];
        Assert.Equal(values.Length, values.Select(static value => Convert.ToHexString(value, NonceAt, NonceSource.Size)).Distinct().Count());
        Assert.Equal(values.Length, values.Select(static value => Convert.ToHexString(value, TextAt, Text.Length)).Distinct().Count());
        Assert.Equal(indexed.BlindIndex(Text), indexed.BlindIndex(Text));
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
