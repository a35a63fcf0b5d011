namespace ColumnCrypt.Crypto.Sharing;

/// <summary>
/// Bytes as text that people can type: five bits a character, most significant first, out of <c>0-9 A-H J K M N P-T V-Z</c> (Crockford's base32). Read in either case,
/// <c>O</c> as 0, <c>I</c> and <c>L</c> as 1. Constant time for what is well-formed: no table is indexed and no branch taken by a character.
/// </summary>
internal static class SecretText
{
    private const int BitsOfCharacter = 5;
    private const int Values = 32;
    private const int CaseBit = 0x20;

    /// <summary>How many characters a number of bytes takes, a multiple of 5 bytes.</summary>
    public static int Length(int bytes) => bytes * 8 / BitsOfCharacter;

    /// <summary>Writes bytes.</summary>
    /// <param name="bytes">A multiple of 5 of them.</param>
    /// <param name="text">Receives <see cref="Length"/> characters.</param>
    public static void Write(ReadOnlySpan<byte> bytes, Span<char> text)
    {
        int held = 0;
        int bits = 0;
        int written = 0;
        foreach (byte next in bytes)
        {
            held = ((held << 8) | next) & 0xFFFF;
            bits += 8;
            while (bits >= BitsOfCharacter)
            {
                bits -= BitsOfCharacter;
                text[written++] = (char)CharacterOf((held >> bits) & (Values - 1));
            }
        }
    }

    /// <summary>Reads bytes; false where a character is none of these.</summary>
    /// <param name="text"><see cref="Length"/> characters.</param>
    /// <param name="bytes">Receives the bytes, a multiple of 5.</param>
    public static bool TryRead(ReadOnlySpan<char> text, Span<byte> bytes)
    {
        int held = 0;
        int bits = 0;
        int written = 0;
        int known = 1;
        foreach (char character in text)
        {
            held = ((held << BitsOfCharacter) | ValueOf(character, ref known)) & 0xFFFF;
            bits += BitsOfCharacter;
            if (bits >= 8)
            {
                bits -= 8;
                bytes[written++] = (byte)((held >> bits) & 0xFF);
            }
        }

        return known == 1;
    }

    // Up by 7 from the digits to the letters, and by 1 for each letter that is left out: I, L, O, U.
    private static int CharacterOf(int value) =>
        '0' + value + (7 * IsAbove(value, 9)) + IsAbove(value, 17) + IsAbove(value, 19) + IsAbove(value, 21) + IsAbove(value, 26);

    private static int ValueOf(int character, ref int known)
    {
        character -= CaseBit & -(IsAbove(character, 'a' - 1) & IsAbove('z' + 1, character));
        character -= ('O' - '0') & -AreEqual(character, 'O');
        character -= ('I' - '1') & -AreEqual(character, 'I');
        character -= ('L' - '1') & -AreEqual(character, 'L');
        int value = 0;
        int found = 0;
        for (int candidate = 0; candidate < Values; candidate++)
        {
            int isIt = AreEqual(character, CharacterOf(candidate));
            value |= candidate & -isIt;
            found |= isIt;
        }

        known &= found;
        return value;
    }

    /// <summary>1 where the number is above the other, else 0; both have at most 16 bits.</summary>
    private static int IsAbove(int number, int other) => (other - number) >>> 31;

    private static int AreEqual(int a, int b) => ((a ^ b) - 1) >>> 31;
}
