using System.Security.Cryptography;

namespace ColumnCrypt.Crypto;

/// <summary>
/// HMAC-SHA-256 (FIPS 198-1) under one subkey. Thread-safe, although a <see cref="MacContext"/> is not: each call leases one for itself.
/// </summary>
/// <param name="open">Makes a context under a key.</param>
/// <param name="deriveSubkey">Derives the subkey into its argument; throws once the key behind it is gone.</param>
internal sealed class MacPool(MacPool.Opening open, MacPool.SubkeyDerivation deriveSubkey)
{
    private readonly InstancePool<MacContext> _instances = new(() => Make(open, deriveSubkey));

    public delegate MacContext Opening(ReadOnlySpan<byte> key);

    public delegate void SubkeyDerivation(Span<byte> subkey);

    /// <summary>
    /// Writes the leftmost bits of the MAC of a message, into as many bytes as they need; the low bits of the last byte that are left over are 0.
    /// </summary>
    public void Compute(ReadOnlySpan<byte> message, int bits, Span<byte> value)
    {
        Span<byte> mac = stackalloc byte[MacContext.Size];
        var context = _instances.Rent();
        try
        {
            context.Compute(message, mac);
        }
        catch
        {
            // It may hold a part of this message.
            context.Dispose();
            throw;
        }

        _instances.Return(context);
        Truncate(mac, bits, value);
    }

    /// <summary>Ends the pool: idle instances go now, leased ones when they come back.</summary>
    public void Close() => _instances.Close();

    /// <summary>Writes a value as <see cref="Compute"/> does, of random bits.</summary>
    public static void Random(int bits, Span<byte> value)
    {
        Span<byte> mac = stackalloc byte[MacContext.Size];
        SystemRandom.Fill(mac);
        Truncate(mac, bits, value);
    }

    private static void Truncate(ReadOnlySpan<byte> mac, int bits, Span<byte> value)
    {
        mac[..value.Length].CopyTo(value);
        value[^1] &= unchecked((byte)(0xFF << ((8 - (bits % 8)) % 8)));
    }

    private static MacContext Make(Opening open, SubkeyDerivation derive)
    {
        Span<byte> subkey = stackalloc byte[Kdf.Size];
        try
        {
            derive(subkey);
            return open(subkey);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(subkey);
        }
    }
}
