using System.Security.Cryptography;
using System.Text;

namespace ColumnCrypt.Kek.Tests.Vault;

/// <summary>A key of <see cref="TransitDouble"/>: real AES-256-GCM, with a key for each context where it is derived; or RSA-OAEP.</summary>
/// <param name="name">Its name.</param>
/// <param name="type">Its type.</param>
/// <param name="derived">True to derive.</param>
/// <param name="convergent">True for nonces that follow from the text.</param>
internal sealed class TransitKey(string name, string type, bool derived, bool convergent)
{
    private const int NonceSize = 12;
    private const int TagSize = 16;

    public string Name => name;

    public string Type => type;

    public bool Derived => derived;

    public bool Convergent => convergent;

    public bool Exportable { get; init; }

    public bool IsAsymmetric => type.StartsWith("rsa-", StringComparison.Ordinal);

    public SortedDictionary<int, (byte[] Key, long Made)> Versions { get; } = [];

    public int Latest { get; private set; }

    public int MinDecryption { get; set; } = 1;

    public int MinEncryption { get; set; }

    public int MinAvailable { get; set; }

    public bool DeletionAllowed { get; set; }

    public void Rotate(long now)
    {
        byte[] key = RandomNumberGenerator.GetBytes(32);
        if (IsAsymmetric)
        {
            using var rsa = RSA.Create(2048);
            key = rsa.ExportPkcs8PrivateKey();
        }

        Versions.Add(++Latest, (key, now));
    }

    public byte[] Encrypt(int version, byte[] plaintext, byte[] context)
    {
        if (IsAsymmetric)
        {
            using var rsa = Rsa(version);
            return rsa.Encrypt(plaintext, RSAEncryptionPadding.OaepSHA256);
        }

        byte[] key = Derive(version, context);
        byte[] nonce = convergent ? HMACSHA256.HashData(key, plaintext)[..NonceSize] : RandomNumberGenerator.GetBytes(NonceSize);
        byte[] sealedBytes = new byte[NonceSize + plaintext.Length + TagSize];
        nonce.CopyTo(sealedBytes, 0);
        using var gcm = new AesGcm(key, TagSize);
        gcm.Encrypt(nonce, plaintext, sealedBytes.AsSpan(NonceSize, plaintext.Length), sealedBytes.AsSpan(NonceSize + plaintext.Length));
        return sealedBytes;
    }

    /// <exception cref="CryptographicException">It does not open.</exception>
    public byte[] Decrypt(int version, byte[] sealedBytes, byte[] context)
    {
        if (IsAsymmetric)
        {
            using var rsa = Rsa(version);
            return rsa.Decrypt(sealedBytes, RSAEncryptionPadding.OaepSHA256);
        }

        byte[] plaintext = new byte[sealedBytes.Length - NonceSize - TagSize];
        using var gcm = new AesGcm(Derive(version, context), TagSize);
        gcm.Decrypt(sealedBytes.AsSpan(0, NonceSize), sealedBytes.AsSpan(NonceSize, plaintext.Length), sealedBytes.AsSpan(NonceSize + plaintext.Length), plaintext);
        return plaintext;
    }

    // As Vault does, the context counts only where the key is derived.
    private byte[] Derive(int version, byte[] context) => derived
        ? HKDF.DeriveKey(HashAlgorithmName.SHA256, Versions[version].Key, 32, info: [.. Encoding.ASCII.GetBytes("transit"), .. context])
        : Versions[version].Key;

    private RSA Rsa(int version)
    {
        var rsa = RSA.Create();
        rsa.ImportPkcs8PrivateKey(Versions[version].Key, out _);
        return rsa;
    }
}
