using System.Security.Cryptography;
using ColumnCrypt.Crypto;
using ColumnCrypt.Crypto.Aead;
using ColumnCrypt.Format;

namespace ColumnCrypt.Kek;

/// <summary>
/// What a KEK file says: a random KEK sealed under a passphrase key. The header is everything but the seal, and the seal
/// authenticates it (docs/kek/file.md).
/// </summary>
/// <param name="Id">The id of the KEK: 16 random bytes.</param>
/// <param name="Kdf">How the passphrase key is derived.</param>
/// <param name="Salt">32 random bytes.</param>
/// <param name="Sealed">The KEK under the passphrase key: nonce, ciphertext, tag; 60 bytes.</param>
internal sealed record FileKekDocument(KeyId Id, PasswordKdf Kdf, byte[] Salt, byte[] Sealed)
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
        var id = new byte[KeyId.Size];
        var salt = new byte[PasswordKdf.SaltSize];
        SystemRandom.Fill(id);
        SystemRandom.Fill(salt);
        var document = new FileKekDocument(new KeyId(id), kdf, salt, new byte[SealedSize]);

        Span<byte> kek = stackalloc byte[LocalWrap.KeySize];
        Span<byte> passphraseKey = stackalloc byte[LocalWrap.KeySize];
        try
        {
            SystemRandom.Fill(kek);
            kdf.Derive(passphrase, salt, passphraseKey);
            using var gcm = PortableAead.Instance.Open(passphraseKey);
            LocalWrap.Seal(gcm, document.Header(), kek, document.Sealed);
            return document;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(kek);
            CryptographicOperations.ZeroMemory(passphraseKey);
        }
    }

    /// <summary>Opens the seal; null where the passphrase is another one, or anything in the file is.</summary>
    /// <param name="passphrase">The passphrase, in UTF-8.</param>
    /// <param name="cipher">Whose AES-256-GCM the KEK wraps with.</param>
    public LocalKek? Open(ReadOnlySpan<byte> passphrase, AeadProvider cipher)
    {
        Span<byte> passphraseKey = stackalloc byte[LocalWrap.KeySize];
        try
        {
            Kdf.Derive(passphrase, Salt, passphraseKey);
            return OpenWith(passphraseKey, cipher);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(passphraseKey);
        }
    }

    /// <summary>As <see cref="Open"/>, once the passphrase key is derived.</summary>
    /// <param name="passphraseKey">32 bytes.</param>
    /// <param name="cipher">Whose AES-256-GCM the KEK wraps with.</param>
    public LocalKek? OpenWith(ReadOnlySpan<byte> passphraseKey, AeadProvider cipher)
    {
        Span<byte> kek = stackalloc byte[LocalWrap.KeySize];
        try
        {
            using var gcm = PortableAead.Instance.Open(passphraseKey);
            return LocalWrap.TryOpen(gcm, Header(), Sealed, kek) ? new LocalKek(Id, kek, cipher) : null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(kek);
        }
    }

    /// <summary>Format, KEK id, name of the KDF, each of its parameters in decimal, salt; each with its length in front.</summary>
    private byte[] Header()
    {
        var header = new FieldEncoding().Add(Format).Add(Id).Add(Kdf.Name);
        foreach (var parameter in Kdf.Parameters)
        {
            header.Add(parameter.Value.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }

        return header.Add(Salt).ToArray();
    }
}
