using System.Security.Cryptography;

namespace ColumnCrypt.Crypto.Aead;

/// <summary>
/// Puts a provider to the test before it is used: published known answers (the GCM specification, appendix B, test cases 13 to 16, AES-256),
/// agreement with <see cref="AesGcm"/> in 1,000 random cases, both ways, and refusal of what was changed. Takes a few milliseconds.
/// </summary>
internal static class AeadSelfTest
{
    private const int Agreements = 1_000;
    private const int TextsPerKey = 10;
    private const int LongestShort = 300;

    private static readonly (string Key, string Nonce, string Associated, string Plaintext, string Ciphertext, string Tag)[] s_known =
    [
        (new string('0', 64), new string('0', 24), "", "", "", "530f8afbc74536b9a963b4f1c4cb738b"),
        (new string('0', 64), new string('0', 24), "", new string('0', 32), "cea7403d4d606b6e074ec5d3baf39d18", "d0d1c8a799996bf0265b98b5d48ab919"),
        (
            "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
            "cafebabefacedbaddecaf888",
            "",
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255",
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad",
            "b094dac5d93471bdec1a502270e3cc6c"
        ),
        (
            "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
            "cafebabefacedbaddecaf888",
            "feedfacedeadbeeffeedfacedeadbeefabaddad2",
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
            "76fc6ece0f4e1768cddf8853bb2d551b"
        ),
    ];

    /// <summary>Null where the provider passes, else what it failed at.</summary>
    public static string? FindFault(AeadProvider provider) =>
        !Array.TrueForAll(s_known, known => Answers(provider, known)) ? "it does not give the published answers"
        : !Agrees(provider) ? "it does not agree with AesGcm"
        : null;

    private static bool Answers(AeadProvider provider, (string Key, string Nonce, string Associated, string Plaintext, string Ciphertext, string Tag) known)
    {
        byte[] nonce = Convert.FromHexString(known.Nonce);
        byte[] associated = Convert.FromHexString(known.Associated);
        byte[] plaintext = Convert.FromHexString(known.Plaintext);
        byte[] ciphertext = Convert.FromHexString(known.Ciphertext);
        byte[] tag = Convert.FromHexString(known.Tag);
        using var context = provider.Open(Convert.FromHexString(known.Key));
        byte[] text = [.. plaintext];
        byte[] made = new byte[AeadContext.TagSize];
        context.Encrypt(nonce, text, text, made, associated);
        return text.AsSpan().SequenceEqual(ciphertext) && made.AsSpan().SequenceEqual(tag) && Opens(context, nonce, associated, ciphertext, tag, plaintext);
    }

    private static bool Agrees(AeadProvider provider)
    {
        Span<byte> key = stackalloc byte[32];
        Span<byte> nonce = stackalloc byte[AeadContext.NonceSize];
        Span<byte> tag = stackalloc byte[AeadContext.TagSize];
        Span<byte> made = stackalloc byte[AeadContext.TagSize];
        for (int i = 0; i < Agreements; i += TextsPerKey)
        {
            SystemRandom.Fill(key);
            using var context = provider.Open(key);
            using var reference = new AesGcm(key, AeadContext.TagSize);
            for (int j = 0; j < TextsPerKey; j++)
            {
                byte[] plaintext = new byte[SizeOf(i, j)];
                byte[] associated = new byte[AssociatedSizeOf(i, j)];
                SystemRandom.Fill(plaintext);
                SystemRandom.Fill(associated);
                SystemRandom.Fill(nonce);
                byte[] ciphertext = new byte[plaintext.Length];
                reference.Encrypt(nonce, plaintext, ciphertext, tag, associated);
                byte[] text = ((i / TextsPerKey) + j) % 2 == 0 ? InPlace(context, nonce, associated, plaintext, made) : Elsewhere(context, nonce, associated, plaintext, made);
                if (!text.AsSpan().SequenceEqual(ciphertext) || !made.SequenceEqual(tag) || !Opens(context, nonce, associated, ciphertext, tag, plaintext))
                {
                    return false;
                }
            }
        }

        return true;
    }

    private static byte[] InPlace(AeadContext context, ReadOnlySpan<byte> nonce, byte[] associated, byte[] plaintext, Span<byte> tag)
    {
        byte[] text = [.. plaintext];
        context.Encrypt(nonce, text, text, tag, associated);
        return text;
    }

    private static byte[] Elsewhere(AeadContext context, ReadOnlySpan<byte> nonce, byte[] associated, byte[] plaintext, Span<byte> tag)
    {
        byte[] text = new byte[plaintext.Length];
        context.Encrypt(nonce, plaintext, text, tag, associated);
        return text;
    }

    // Mostly short values; one of each key is long enough for the calls that long texts take.
    private static int SizeOf(int i, int j) => j == TextsPerKey - 1 ? 1_000 + (17 * i) : (i + (31 * j)) % LongestShort;

    // Every other one has none, as values have none.
    private static int AssociatedSizeOf(int i, int j) => j % 2 == 0 ? 0 : 1 + ((i + j) % 120);

    // Refuses it changed, and then still opens it as it was.
    private static bool Opens(AeadContext context, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> ciphertext, ReadOnlySpan<byte> tag, ReadOnlySpan<byte> plaintext)
    {
        byte[] opened = new byte[plaintext.Length];
        byte[] changed = [.. tag];
        changed[^1] ^= 1;
        return !context.TryDecrypt(nonce, ciphertext, changed, opened, associated)
            && !context.TryDecrypt(nonce, ciphertext, tag, opened, [.. associated, 0])
            && !opened.AsSpan().ContainsAnyExcept((byte)0)
            && context.TryDecrypt(nonce, ciphertext, tag, opened, associated)
            && plaintext.SequenceEqual(opened);
    }
}
