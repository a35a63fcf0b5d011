using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;

namespace ColumnCrypt.Crypto;

/// <summary>
/// ECDSA over P-256 with SHA-256 (FIPS 186-5, section 6; SP 800-186, section 3.2.1.3). Public keys are DER-encoded SubjectPublicKeyInfo
/// (RFC 5280, section 4.1.2.7); signatures are r ‖ s, 64 bytes (IEEE P1363); private keys lie on the disk as PKCS#8, encrypted with
/// AES-256-CBC under PBKDF2-HMAC-SHA-256 (RFC 5958, RFC 8018).
/// </summary>
internal static class EcdsaP256
{
    /// <summary>The rounds of PBKDF2.</summary>
    public const int Rounds = 600_000;

    private const int PartSize = 32;

    // The order of the curve's base point (SP 800-186, section 3.2.1.3).
    private static readonly BigInteger s_order = BigInteger.Parse("0FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551", NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    private static readonly BigInteger s_halfOrder = s_order / 2;

    private static readonly PbeParameters s_sealing = new(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, Rounds);

    /// <summary>A new private key, encrypted, as PEM.</summary>
    public static string CreatePem(ReadOnlySpan<char> passphrase)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return key.ExportEncryptedPkcs8PrivateKeyPem(passphrase, s_sealing) + "\n";
    }

    /// <summary>Opens a private key; the caller disposes it.</summary>
    /// <exception cref="CryptographicException">The passphrase is wrong, or it is no such key.</exception>
    public static ECDsa Open(ReadOnlySpan<char> pem, ReadOnlySpan<char> passphrase)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromEncryptedPem(pem, passphrase);
            return key.KeySize == 256 ? key : throw new CryptographicException("The key is not on the curve P-256.");
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    /// <summary>Signs; of the two values of s that fit, the lower one is given, so that a signature has one form.</summary>
    public static byte[] Sign(ECDsa key, ReadOnlySpan<byte> data)
    {
        byte[] signature = key.SignData(data, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        var s = new BigInteger(signature.AsSpan(PartSize), isUnsigned: true, isBigEndian: true);
        if (s > s_halfOrder)
        {
            signature.AsSpan(PartSize).Clear();
            byte[] low = (s_order - s).ToByteArray(isUnsigned: true, isBigEndian: true);
            low.CopyTo(signature, signature.Length - low.Length);
        }

        return signature;
    }

    /// <summary>False for a signature in its other form, or of another size.</summary>
    public static bool IsCanonical(ReadOnlySpan<byte> signature) =>
        signature.Length == 2 * PartSize && new BigInteger(signature[PartSize..], isUnsigned: true, isBigEndian: true) <= s_halfOrder;

    /// <summary>False where the signature does not match, or the public key is none.</summary>
    public static bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        using var key = ECDsa.Create();
        try
        {
            key.ImportSubjectPublicKeyInfo(publicKey, out int read);
            return read == publicKey.Length && key.KeySize == 256 && IsCanonical(signature)
                && key.VerifyData(data, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        }
        catch (Exception error) when (error is CryptographicException or PlatformNotSupportedException)
        {
            // A key that is none, or on a curve that the platform does not know, has signed nothing here.
            return false;
        }
    }

    /// <summary>SHA-256 of a public key, 64 hex digits: what others are told to trust.</summary>
    public static string Fingerprint(ReadOnlySpan<byte> publicKey) => Convert.ToHexStringLower(SHA256.HashData(publicKey));
}
