using System.Security.Cryptography;
using ColumnCrypt.Crypto;
using ColumnCrypt.Crypto.Aead;
using ColumnCrypt.Crypto.Sharing;

namespace ColumnCrypt.Kek;

/// <summary>Puts another seal on the KEK in a file. The KEK, and with it every wrap, stays the same.</summary>
internal static class FileKekResealing
{
    /// <summary>From a passphrase to shares, which are kept before this returns.</summary>
    /// <exception cref="KekException">The passphrase does not open it, or there is none.</exception>
    public static FileKekDocument ToShares(string path, FileKekDocument document, string passphrase, int threshold, int count, Action<IReadOnlyList<string>> keep)
    {
        Span<byte> kek = stackalloc byte[LocalWrap.KeySize];
        Span<byte> secret = stackalloc byte[SecretSharing.SecretSize];
        try
        {
            FileKekUnsealing.Open(path, document, () => Passphrase.Given(path, passphrase), _ => throw SharedAlready(path), kek);
            SystemRandom.Fill(secret);
            var seal = SharesSeal.Of(document.Id, secret, threshold, count);
            var resealed = FileKekDocument.Under(document.Id, seal, secret, kek);
            var lines = KekShare.Split(secret, seal);
            DemandThatTheyOpen(path, resealed, [.. lines.Take(threshold)], kek);
            DemandThatTheyOpen(path, resealed, [.. lines.TakeLast(threshold)], kek);
            keep(lines);
            return resealed;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(kek);
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    /// <summary>From shares to a passphrase.</summary>
    /// <exception cref="KekException">The shares do not open it, there are none, or the host lacks what the KDF needs.</exception>
    public static FileKekDocument ToPassphrase(string path, FileKekDocument document, IReadOnlyList<string> shares, Passphrase passphrase, PasswordKdf kdf)
    {
        Span<byte> kek = stackalloc byte[LocalWrap.KeySize];
        try
        {
            FileKekUnsealing.Open(path, document, () => throw UnderAPassphrase(path), seal => KekShares.Of("file:" + path, shares, seal), kek);
            return FileKekDocument.Under(document.Id, passphrase.Utf8, kdf, kek);
        }
        catch (PlatformNotSupportedException error)
        {
            throw new KekException(KekFailure.Unavailable, error.Message, error);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(kek);
        }
    }

    // The passphrase goes: what takes its place is tried before.
    private static void DemandThatTheyOpen(string path, FileKekDocument resealed, IReadOnlyList<string> lines, ReadOnlySpan<byte> kek)
    {
        Span<byte> opened = stackalloc byte[LocalWrap.KeySize];
        try
        {
            FileKekUnsealing.Open(path, resealed, () => throw UnderAPassphrase(path), seal => KekShares.Of("file:" + path, lines, seal), opened);
            if (!CryptographicOperations.FixedTimeEquals(opened, kek))
            {
                throw new CryptographicException("The shares that were made do not open the KEK.");
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(opened);
        }
    }

    private static KekException SharedAlready(string path) =>
        new(KekFailure.Denied, $"{path} is sealed by shares already. For others, join these to a passphrase first, then split again.");

    private static KekException UnderAPassphrase(string path) => new(KekFailure.Denied, $"{path} is sealed under a passphrase: there is nothing to join.");
}
