using System.Security.Cryptography;
using ColumnCrypt.Crypto.Aead;
using ColumnCrypt.Crypto.Kem;
using ColumnCrypt.Format;

namespace ColumnCrypt.Kek;

/// <summary>
/// What the file of an <c>mlkem:</c> KEK says: the public keys, and, but for a file for escrow, the private ones sealed under a passphrase (docs/kek/mlkem.md).
/// </summary>
/// <param name="PublicKey">The public keys.</param>
/// <param name="Seal">Under what the private ones lie; null where they are not here.</param>
/// <param name="Sealed">Seed and scalar under the passphrase key: nonce, ciphertext, tag; null where they are not here.</param>
internal sealed record MlKemKekDocument(HybridPublicKey PublicKey, PassphraseSeal? Seal = null, byte[]? Sealed = null)
{
    /// <summary>The first member of every file, and the first field of the associated data.</summary>
    public const string Format = "columncrypt/1/mlkem-kek";

    /// <summary>The size of <see cref="Sealed"/>: 124 bytes.</summary>
    public const int SealedSize = HybridSizes.PrivateKey + LocalWrap.Overhead;

    /// <summary>Makes a new key pair and seals its private half.</summary>
    public static MlKemKekDocument Create(Passphrase passphrase, PassphraseSeal seal)
    {
        Span<byte> privateKey = stackalloc byte[HybridSizes.PrivateKey];
        Span<byte> passphraseKey = stackalloc byte[LocalWrap.KeySize];
        try
        {
            var document = new MlKemKekDocument(HybridKey.Generate(privateKey), seal, new byte[SealedSize]);
            seal.Kdf.Derive(passphrase.Utf8, seal.Salt, passphraseKey);
            using var gcm = PortableAead.Instance.Open(passphraseKey);
            LocalWrap.Seal(gcm, document.Header(), privateKey, document.Sealed);
            return document;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(privateKey);
            CryptographicOperations.ZeroMemory(passphraseKey);
        }
    }

    /// <summary>Both halves; null where the passphrase is another one, or anything in the file is.</summary>
    /// <exception cref="CryptographicException">The halves do not belong together.</exception>
    /// <exception cref="PlatformNotSupportedException">This host lacks what the key derivation function needs.</exception>
    public HybridKey? Open(Passphrase passphrase)
    {
        Span<byte> privateKey = stackalloc byte[HybridSizes.PrivateKey];
        Span<byte> passphraseKey = stackalloc byte[LocalWrap.KeySize];
        try
        {
            Seal!.Kdf.Derive(passphrase.Utf8, Seal.Salt, passphraseKey);
            using var gcm = PortableAead.Instance.Open(passphraseKey);
            return LocalWrap.TryOpen(gcm, Header(), Sealed, privateKey) ? HybridKey.Of(PublicKey, privateKey) : null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(privateKey);
            CryptographicOperations.ZeroMemory(passphraseKey);
        }
    }

    /// <summary>Format, both public keys, and what the file says of the seal; each with its length in front.</summary>
    private byte[] Header() => Seal!.AddTo(new FieldEncoding().Add(Format).Add(PublicKey.Encapsulation).Add(PublicKey.Point)).ToArray();
}
