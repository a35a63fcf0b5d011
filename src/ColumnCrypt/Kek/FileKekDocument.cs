using System.Security.Cryptography;
using ColumnCrypt.Crypto;
using ColumnCrypt.Crypto.Aead;
using ColumnCrypt.Format;

namespace ColumnCrypt.Kek;

/// <summary>
/// What a KEK file says: a random KEK under a seal. The header is everything but the sealed KEK, which authenticates it (docs/kek/file.md).
/// </summary>
/// <param name="Id">The id of the KEK: 16 random bytes.</param>
/// <param name="Seal">Under what it lies.</param>
/// <param name="Sealed">The KEK under the key of the seal: nonce, ciphertext, tag; 60 bytes.</param>
internal sealed record FileKekDocument(KeyId Id, FileKekSeal Seal, byte[] Sealed)
{
    /// <summary>The first member of every file, and the first field of the associated data.</summary>
    public const string Format = "columncrypt/1/file-kek";

    /// <summary>The size of <see cref="Sealed"/>: 60 bytes.</summary>
    public const int SealedSize = LocalWrap.KeySize + LocalWrap.Overhead;

    /// <summary>Makes a new KEK and seals it.</summary>
    /// <param name="passphrase">The passphrase, in UTF-8.</param>
    /// <param name="kdf">How the passphrase key is derived.</param>
    public static FileKekDocument Create(ReadOnlySpan<byte> passphrase, PasswordKdf kdf)
    {
        Span<byte> id = stackalloc byte[KeyId.Size];
        Span<byte> kek = stackalloc byte[LocalWrap.KeySize];
        try
        {
            SystemRandom.Fill(id);
            SystemRandom.Fill(kek);
            return Under(new KeyId(id), passphrase, kdf, kek);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(kek);
        }
    }

    /// <summary>Seals a KEK under a passphrase.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="passphrase">The passphrase, in UTF-8.</param>
    /// <param name="kdf">How the passphrase key is derived.</param>
    /// <param name="kek">The KEK: 32 bytes.</param>
    public static FileKekDocument Under(KeyId id, ReadOnlySpan<byte> passphrase, PasswordKdf kdf, ReadOnlySpan<byte> kek)
    {
        var seal = PassphraseSeal.Create(kdf);
        Span<byte> passphraseKey = stackalloc byte[LocalWrap.KeySize];
        try
        {
            kdf.Derive(passphrase, seal.Salt, passphraseKey);
            return Under(id, seal, passphraseKey, kek);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(passphraseKey);
        }
    }

    /// <summary>Seals a KEK.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="seal">The seal.</param>
    /// <param name="key">The key of the seal: 32 bytes.</param>
    /// <param name="kek">The KEK: 32 bytes.</param>
    public static FileKekDocument Under(KeyId id, FileKekSeal seal, ReadOnlySpan<byte> key, ReadOnlySpan<byte> kek)
    {
        var document = new FileKekDocument(id, seal, new byte[SealedSize]);
        using var gcm = PortableAead.Instance.Open(key);
        LocalWrap.Seal(gcm, document.Header(), kek, document.Sealed);
        return document;
    }

    /// <summary>Opens the seal; false, with nothing written, where the key is another one, or anything in the file is.</summary>
    /// <param name="key">The key of the seal: 32 bytes.</param>
    /// <param name="kek">Receives the KEK: 32 bytes.</param>
    public bool TryOpen(ReadOnlySpan<byte> key, Span<byte> kek)
    {
        using var gcm = PortableAead.Instance.Open(key);
        return LocalWrap.TryOpen(gcm, Header(), Sealed, kek);
    }

    /// <summary>What it tells of the shares that open it; null where a passphrase does.</summary>
    public FileKekShares? Tell() => Seal is SharesSeal shares ? new FileKekShares(shares.Set, shares.Threshold, shares.Count) : null;

    /// <summary>Format, KEK id, and what the file says of the seal; each with its length in front.</summary>
    private byte[] Header() => Seal.AddTo(new FieldEncoding().Add(Format).Add(Id)).ToArray();
}
