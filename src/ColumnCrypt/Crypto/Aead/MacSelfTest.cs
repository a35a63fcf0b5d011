using System.Security.Cryptography;

namespace ColumnCrypt.Crypto.Aead;

/// <summary>
/// Puts a provider's HMAC-SHA-256 to the test before it is used: published known answers (RFC 4231, sections 4.2 to 4.4) and agreement with
/// <see cref="HMACSHA256"/> in 1,000 random cases, each context serving several messages. Takes a few milliseconds.
/// </summary>
internal static class MacSelfTest
{
    private const int Agreements = 1_000;
    private const int MessagesPerKey = 10;
    private const int LongestShort = 300;

    private static readonly (string Key, string Message, string Mac)[] s_known =
    [
        ("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
        ("4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        (
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd",
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
        ),
    ];

    /// <summary>Null where the provider passes, else what it failed at.</summary>
    public static string? FindFault(AeadProvider provider) =>
        !Array.TrueForAll(s_known, known => Answers(provider, known)) ? "its HMAC does not give the published answers"
        : !Agrees(provider) ? "its HMAC does not agree with HMACSHA256"
        : null;

    private static bool Answers(AeadProvider provider, (string Key, string Message, string Mac) known)
    {
        using var context = provider.OpenMac(Convert.FromHexString(known.Key));
        Span<byte> mac = stackalloc byte[MacContext.Size];
        context.Compute(Convert.FromHexString(known.Message), mac);
        return mac.SequenceEqual(Convert.FromHexString(known.Mac));
    }

    private static bool Agrees(AeadProvider provider)
    {
        Span<byte> key = stackalloc byte[Kdf.Size];
        Span<byte> mac = stackalloc byte[MacContext.Size];
        Span<byte> reference = stackalloc byte[MacContext.Size];
        for (int i = 0; i < Agreements; i += MessagesPerKey)
        {
            SystemRandom.Fill(key);
            using var context = provider.OpenMac(key);
            for (int j = 0; j < MessagesPerKey; j++)
            {
                byte[] message = new byte[(i + (31 * j)) % LongestShort];
                SystemRandom.Fill(message);
                HMACSHA256.HashData(key, message, reference);
                context.Compute(message, mac);
                if (!mac.SequenceEqual(reference))
                {
                    return false;
                }
            }
        }

        return true;
    }
}
