using ColumnCrypt.Crypto;

namespace ColumnCrypt.Kek.Tests;

/// <summary>libargon2 is the one thing that these tests take from the system.</summary>
internal static class Argon2
{
    public static void SkipWhereMissing(FileKekKdf kdf = FileKekKdf.Argon2id)
    {
        if (kdf == FileKekKdf.Argon2id && !Argon2Library.IsAvailable)
        {
            Assert.SkipUnless(Environment.GetEnvironmentVariable("COLUMNCRYPT_REQUIRE_SERVERS") == "1", "libargon2 is not installed.");
            Assert.Fail("libargon2 is not installed, and COLUMNCRYPT_REQUIRE_SERVERS demands it: apt install libargon2-1.");
        }
    }
}
