using System.Security.Cryptography;

namespace ColumnCrypt.Crypto.Sharing;

/// <summary>
/// Shamir's sharing (Communications of the ACM 22, 1979, "How to Share a Secret") over <see cref="Gf256"/>, byte by byte: each byte of the secret is the constant of a polynomial of degree
/// threshold − 1 whose other coefficients are random, and share x is its values at x, 1 to 255. As many shares as the threshold give the secret; fewer give nothing of
/// it, whatever is computed. Whether shares belong together is the caller's to check: any that are combined give something. docs/adr says why this is here.
/// </summary>
internal static class SecretSharing
{
    /// <summary>The size of a secret, and of a share of it: 32 bytes.</summary>
    public const int SecretSize = 32;

    /// <summary>The lowest threshold: 2. With 1 every share would be the secret.</summary>
    public const int MinimumThreshold = 2;

    /// <summary>The most shares: 255, for 0 is where the secret is.</summary>
    public const int MaximumCount = 255;

    /// <summary>Splits a secret.</summary>
    /// <param name="secret">32 bytes.</param>
    /// <param name="threshold">How many shares give it back: 2 up to the count.</param>
    /// <param name="count">How many shares there are: up to 255.</param>
    /// <returns>The shares 1 to count in memory that does not move; the caller zeroes them.</returns>
    public static byte[][] Split(ReadOnlySpan<byte> secret, int threshold, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threshold, MinimumThreshold);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, threshold);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, MaximumCount);
        byte[] coefficients = GC.AllocateUninitializedArray<byte>((threshold - 1) * SecretSize, pinned: true);
        try
        {
            SystemRandom.Fill(coefficients);
            var shares = new byte[count][];
            for (int index = 1; index <= count; index++)
            {
                Evaluate(secret, coefficients, (byte)index, shares[index - 1] = GC.AllocateUninitializedArray<byte>(SecretSize, pinned: true));
            }

            return shares;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(coefficients);
        }
    }

    /// <summary>The values of the 32 polynomials at one place.</summary>
    /// <param name="secret">Their constants: 32 bytes.</param>
    /// <param name="coefficients">Their other coefficients: 32 bytes for each power, the first power in front.</param>
    /// <param name="index">The place: 1 to 255.</param>
    /// <param name="share">Receives the values: 32 bytes.</param>
    public static void Evaluate(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> coefficients, byte index, Span<byte> share)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(secret.Length, SecretSize, nameof(secret));
        ArgumentOutOfRangeException.ThrowIfNotEqual(share.Length, SecretSize, nameof(share));
        ArgumentOutOfRangeException.ThrowIfZero(index);
        share.Clear();
        for (int power = coefficients.Length - SecretSize; power >= 0; power -= SecretSize)
        {
            for (int i = 0; i < SecretSize; i++)
            {
                share[i] = Gf256.Multiply((byte)(share[i] ^ coefficients[power + i]), index);
            }
        }

        for (int i = 0; i < SecretSize; i++)
        {
            share[i] ^= secret[i];
        }
    }

    /// <summary>What shares give together: the values at 0 of the polynomials through them (Lagrange).</summary>
    /// <param name="shares">As many as the threshold, each with its place; the places differ.</param>
    /// <param name="secret">Receives it: 32 bytes.</param>
    public static void Combine(IReadOnlyList<(byte Index, byte[] Value)> shares, Span<byte> secret)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(secret.Length, SecretSize, nameof(secret));
        secret.Clear();
        foreach (var (index, value) in shares)
        {
            byte weight = 1;
            foreach (var (other, _) in shares.Where(other => other.Index != index))
            {
                weight = Gf256.Multiply(weight, Gf256.Multiply(other, Gf256.Invert((byte)(other ^ index))));
            }

            for (int i = 0; i < SecretSize; i++)
            {
                secret[i] ^= Gf256.Multiply(value[i], weight);
            }
        }
    }
}
