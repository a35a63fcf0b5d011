using ColumnCrypt.Crypto;

namespace ColumnCrypt.Kek.Tests;

/// <summary>libargon2 is the one thing that these tests take from the system.</summary>
internal static class Argon2
{
    public static void SkipWhereMissing(FileKekKdf kdf = FileKekKdf.Argon2id)
    {
        if (kdf == FileKekKdf.Argon2id && !Argon2Library.IsAvailable)
        {
            RequiredServers.Missing("libargon2 is not installed: apt install libargon2-1.");
        }
    }
}
