using System.Security.Cryptography;
using ColumnCrypt.Crypto.Aead;
using ColumnCrypt.Crypto.Sharing;

namespace ColumnCrypt.Kek;

/// <summary>Takes the seal off a KEK file.</summary>
internal static class FileKekUnsealing
{
    /// <summary>Opens the seal.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="document">What it says.</param>
    /// <param name="passphrase">Gives the passphrase, where that is the seal.</param>
    /// <param name="shares">Gives as many shares as the threshold, with places that differ, where they are the seal.</param>
    /// <param name="kek">Receives the KEK: 32 bytes.</param>
    /// <exception cref="KekException">It does not open; the message says what to check.</exception>
    public static void Open(string path, FileKekDocument document, Func<Passphrase> passphrase, Func<SharesSeal, KekShares> shares, Span<byte> kek)
    {
        if (document.Seal is SharesSeal seal)
        {
            using var given = shares(seal);
            Open(path, document, seal, given, kek);
        }
        else
        {
            using var given = passphrase();
            Open(path, document, (PassphraseSeal)document.Seal, given, kek);
        }
    }

    private static void Open(string path, FileKekDocument document, PassphraseSeal seal, Passphrase passphrase, Span<byte> kek)
    {
        Span<byte> key = stackalloc byte[LocalWrap.KeySize];
        try
        {
            seal.Kdf.Derive(passphrase.Utf8, seal.Salt, key);
            if (!document.TryOpen(key, kek))
            {
                throw new KekException(
                    KekFailure.Denied,
                    $"The KEK file {path} does not open: its passphrase is another one, or the file was changed. Check the passphrase, then compare the file with a backup.");
            }
        }
        catch (PlatformNotSupportedException error)
        {
            throw new KekException(KekFailure.Unavailable, $"The KEK file {path} cannot be opened on this host. {error.Message}", error);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    private static void Open(string path, FileKekDocument document, SharesSeal seal, KekShares shares, Span<byte> kek)
    {
        Span<byte> secret = stackalloc byte[SecretSharing.SecretSize];
        try
        {
            shares.Combine(secret);
            if (!seal.IsOf(document.Id, secret))
            {
                throw new KekException(
                    KekFailure.Denied,
                    $"The shares {shares.Indexes} do not give the secret of {path}: one of them is forged, or the file was changed. Try other shares, then compare the file with a backup.");
            }

            if (!document.TryOpen(secret, kek))
            {
                throw new KekException(KekFailure.WrongContextOrTampered, $"The shares are right, and the KEK file {path} was changed. Restore it from a backup.");
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }
}
