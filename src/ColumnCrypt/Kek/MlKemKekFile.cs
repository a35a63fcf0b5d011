using System.Security.Cryptography;
using ColumnCrypt.Crypto.Kem;

namespace ColumnCrypt.Kek;

/// <summary>Where an <c>mlkem:</c> KEK lies on the disk.</summary>
internal static class MlKemKekFile
{
    private const int MaximumSize = 16 * 1024;

    /// <exception cref="KekException">The file is missing, damaged or unreadable; or open to others than its owner where the private half is in it, and open to be written to otherwise.</exception>
    public static MlKemKekDocument Read(string path)
    {
        UnixFileMode mode = default;
        byte[] content = SmallFile.Read(path, MaximumSize, "an ML-KEM key", file => mode = FileRights.Of(file));
        try
        {
            var document = MlKemKekJson.Read(content);
            if (document.Seal is null)
            {
                FileRights.DemandNoOtherWriter(path, mode);
            }
            else
            {
                FileRights.DemandOwnerAlone(path, mode);
            }

            return document;
        }
        catch (FormatException error)
        {
            throw Damaged(path, error.Message, error);
        }
    }

    /// <summary>The key in the file.</summary>
    /// <exception cref="KekException">As <see cref="Read"/>, or the passphrase is another one.</exception>
    public static HybridKey Open(string path, Func<Passphrase> passphrase)
    {
        var document = Read(path);
        try
        {
            if (document.Seal is null)
            {
                return HybridKey.Of(document.PublicKey);
            }

            using var secret = passphrase();
            return document.Open(secret) ?? throw new KekException(
                KekFailure.Denied,
                $"The KEK file {path} does not open: its passphrase is another one, or the file was changed. Check the passphrase, then compare the file with a backup.");
        }
        catch (CryptographicException error)
        {
            throw Damaged(path, "what it holds is no key pair", error);
        }
        catch (PlatformNotSupportedException error)
        {
            throw new KekException(KekFailure.Unavailable, $"The KEK file {path} cannot be opened on this host. {error.Message}", error);
        }
    }

    private static KekException Damaged(string path, string what, Exception error) =>
        new(KekFailure.WrongContextOrTampered, $"The KEK file {path} is damaged: {what}. Restore it from a backup.", error);
}
