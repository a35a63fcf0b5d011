using System.Runtime.Versioning;
using System.Security.Cryptography;
using ColumnCrypt.Crypto.Aead;

namespace ColumnCrypt.Kek;

/// <summary>Makes the key of a <c>keyring:</c> KEK in the Linux kernel's session keyring: it is gone when the session or the machine ends.</summary>
[SupportedOSPlatform("linux")]
public static class KeyringKek
{
    /// <summary>Makes a random KEK, <c>keyring:NAME</c>. Thread-safe, but for two processes that make the same one.</summary>
    /// <param name="name">1 to 200 characters without blanks, slashes and colons.</param>
    /// <exception cref="EncryptionModelException">The name is malformed.</exception>
    /// <exception cref="KekException">There is one of that name, or the kernel refused.</exception>
    public static void Create(string name)
    {
        string description = KeyringKekProvider.DescriptionOf(KeyringKekProvider.SchemeName + ":" + name);
        if (LinuxKeyring.Exists(description))
        {
            throw new KekException(KekFailure.Denied, $"The key '{description}' exists, and a KEK is never overwritten: what it wraps would be lost. Choose another name.");
        }

        Span<byte> kek = stackalloc byte[LocalWrap.KeySize];
        try
        {
            Crypto.SystemRandom.Fill(kek);
            LinuxKeyring.Add(description, kek);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(kek);
        }
    }
}
