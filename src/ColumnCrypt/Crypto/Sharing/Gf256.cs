namespace ColumnCrypt.Crypto.Sharing;

/// <summary>
/// GF(2^8) modulo x^8 + x^4 + x^3 + x + 1, the field of AES (FIPS 197, section 4.2); addition is XOR. Constant time: no table is indexed and no branch
/// taken by an operand.
/// </summary>
internal static class Gf256
{
    private const int Modulus = 0x1B;

    /// <summary>The product (FIPS 197, sections 4.2 and 4.2.1).</summary>
    public static byte Multiply(byte a, byte b)
    {
        int product = 0;
        int shifted = a;
        for (int bit = 0; bit < 8; bit++)
        {
            product ^= -((b >> bit) & 1) & shifted;
            shifted = ((shifted << 1) & 0xFF) ^ (-(shifted >> 7) & Modulus);
        }

        return (byte)product;
    }

    /// <summary>The inverse, a^254; 0 for 0, which has none.</summary>
    public static byte Invert(byte a)
    {
        byte inverse = 1;
        for (int squarings = 1; squarings < 8; squarings++)
        {
            a = Multiply(a, a);
            inverse = Multiply(inverse, a);
        }

        return inverse;
    }
}
