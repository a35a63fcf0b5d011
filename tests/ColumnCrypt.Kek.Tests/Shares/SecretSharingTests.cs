using System.Security.Cryptography;
using ColumnCrypt.Crypto.Sharing;

namespace ColumnCrypt.Kek.Tests.Shares;

// SPEC-SHARE-1
public class SecretSharingTests
{
    // FIPS 197, sections 4.2 and 4.2.1; the last two are known answers of codahale/shamir (GF256Test), a Java implementation.
    [Theory]
    [InlineData(0x57, 0x83, 0xC1)]
    [InlineData(0x57, 0x13, 0xFE)]
    [InlineData(0x57, 0x02, 0xAE)]
    [InlineData(0x57, 0x10, 0x07)]
    [InlineData(90, 21, 254)]
    [InlineData(133, 5, 167)]
    public void Multiply_WhenAnAnswerIsKnown_GivesIt(byte a, byte b, byte product)
    {
        Assert.Equal(product, Gf256.Multiply(a, b));
        Assert.Equal(product, Gf256.Multiply(b, a));
    }

    [Fact]
    public void Multiply_OfAllPairs_IsWhatLogarithmsSay()
    {
        var powers = new byte[255];
        var logarithms = new int[256];
        byte power = 1;
        for (int i = 0; i < powers.Length; i++)
        {
            powers[i] = power;
            logarithms[power] = i;
            power = (byte)(power ^ (power << 1) ^ ((power & 0x80) == 0 ? 0 : 0x11B));
        }

        for (int pair = 0; pair < 65_536; pair++)
        {
            var (a, b) = ((byte)(pair >> 8), (byte)(pair & 0xFF));
            Assert.Equal(a == 0 || b == 0 ? 0 : powers[(logarithms[a] + logarithms[b]) % 255], Gf256.Multiply(a, b));
        }
    }

    [Fact]
    public void Invert_OfEveryElement_IsItsInverse()
    {
        Assert.Equal(0, Gf256.Invert(0));
        Assert.Equal(0xCA, Gf256.Invert(0x53));
        Assert.All(Enumerable.Range(1, 255), static a => Assert.Equal(1, Gf256.Multiply((byte)a, Gf256.Invert((byte)a))));
    }

    // Known answers of codahale/shamir, GF256Test.
    [Theory]
    [InlineData(new byte[] { 1, 2, 3 }, 0)]
    [InlineData(new byte[] { 80, 90, 20 }, 30)]
    [InlineData(new byte[] { 43, 22, 86 }, 107)]
    public void Combine_WhenAnAnswerIsKnown_GivesIt(byte[] values, byte secret)
    {
        var combined = new byte[32];
        SecretSharing.Combine([.. values.Select(static (value, place) => ((byte)(place + 1), Enumerable.Repeat(value, 32).ToArray()))], combined);
        Assert.Equal(Enumerable.Repeat(secret, 32), combined);
    }

    [Fact]
    public void Evaluate_WhenAnAnswerIsKnown_GivesIt()
    {
        var share = new byte[32];
        SecretSharing.Evaluate(Filled(1), [.. Filled(0), .. Filled(2), .. Filled(3)], 2, share);
        Assert.Equal(Filled(17), share);
    }

    [Theory]
    [InlineData(2, 2)]
    [InlineData(2, 5)]
    [InlineData(3, 5)]
    [InlineData(5, 5)]
    [InlineData(4, 8)]
    public void Combine_OfEverySubsetOfTheThreshold_GivesTheSecret(int threshold, int count)
    {
        var secret = RandomNumberGenerator.GetBytes(32);
        var shares = SecretSharing.Split(secret, threshold, count);
        for (int subset = 0; subset < 1 << count; subset++)
        {
            var taken = Enumerable.Range(0, count).Where(place => (subset >> place & 1) == 1).Select(place => ((byte)(place + 1), shares[place])).ToList();
            var combined = new byte[32];
            SecretSharing.Combine(taken, combined);
            Assert.Equal(taken.Count >= threshold, secret.AsSpan().SequenceEqual(combined));
        }
    }

    [Fact]
    public void Combine_OfTheLastOf255_GivesTheSecret()
    {
        var secret = RandomNumberGenerator.GetBytes(32);
        var shares = SecretSharing.Split(secret, 128, 255);
        var combined = new byte[32];
        SecretSharing.Combine([.. Enumerable.Range(127, 128).Select(place => ((byte)(place + 1), shares[place]))], combined);
        Assert.Equal(secret, combined);
    }

    // One share less than the threshold, and any secret at all has a share that goes with them.
    [Fact]
    public void Shares_FewerThanTheThreshold_GoWithEverySecret()
    {
        var shares = SecretSharing.Split(RandomNumberGenerator.GetBytes(32), 3, 3);
        for (int guess = 0; guess < 256; guess++)
        {
            int possible = Enumerable.Range(0, 256).Count(third =>
            {
                var combined = new byte[32];
                SecretSharing.Combine([(1, shares[0]), (2, shares[1]), (3, Filled((byte)third))], combined);
                return combined[0] == guess;
            });
            Assert.Equal(1, possible);
        }
    }

    [Theory]
    [InlineData(1, 3)]
    [InlineData(0, 3)]
    [InlineData(4, 3)]
    [InlineData(2, 256)]
    public void Split_WhenNobodyShouldSplitSo_Refuses(int threshold, int count) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => SecretSharing.Split(new byte[32], threshold, count));

    [Fact]
    public void Split_WhenRepeated_GivesOtherShares()
    {
        var secret = new byte[32];
        Assert.Equal(200, Enumerable.Range(0, 100).SelectMany(_ => SecretSharing.Split(secret, 2, 2)).Select(Convert.ToHexString).Distinct().Count());
    }

    private static byte[] Filled(byte value) => [.. Enumerable.Repeat(value, 32)];
}
