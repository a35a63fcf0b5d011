using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ColumnCrypt.Crypto;

/// <summary>
/// An RSA key pair, or its public half, around keys: RSAES-OAEP with SHA-256 and MGF1 with SHA-256 (RFC 8017, section 7.1), without a
/// label. The context is bound by what is encrypted, <c>key ‖ SHA-256(context)</c>, and compared in constant time. Public keys are named by
/// SHA-256 of their SubjectPublicKeyInfo (RFC 5280, section 4.1.2.7). 112 bits of strength take a modulus of 2,048 bits, 128 bits one of
/// 3,072 (SP 800-57 part 1 rev. 5, table 2). Thread-safe: each call leases an instance of its own.
/// </summary>
internal sealed class RsaKey : IDisposable
{
    /// <summary>The size of the digest behind the key: 32 bytes.</summary>
    public const int DigestSize = SHA256.HashSizeInBytes;

    /// <summary>The shortest modulus that holds the longest key and its digest with some room, in bits.</summary>
    public const int MinimumBits = 2_048;

    /// <summary>The longest modulus that is read, in bits.</summary>
    public const int MaximumBits = 16_384;

    private const int VersionDigits = 16;

    private readonly Lock _gate = new();
    private readonly Stack<RSA> _idle = new();
    private readonly X509Certificate2? _certificate;
    private readonly byte[] _publicKey;
    private bool _disposed;

    private RsaKey(X509Certificate2? certificate, byte[] publicKey)
    {
        _certificate = certificate;
        _publicKey = publicKey;
        Version = Convert.ToHexStringLower(SHA256.HashData(publicKey))[..VersionDigits];
        HasPrivateHalf = certificate is { HasPrivateKey: true };
        var rsa = Open();
        Bits = rsa.KeySize;
        NotBefore = certificate is null ? null : new DateTimeOffset(certificate.NotBefore);
        NotAfter = certificate is null ? null : new DateTimeOffset(certificate.NotAfter);
        _idle.Push(rsa);
    }

    /// <summary>The first 16 hex digits of SHA-256 of the SubjectPublicKeyInfo.</summary>
    public string Version { get; }

    /// <summary>The size of the modulus in bits.</summary>
    public int Bits { get; }

    /// <summary>True where the private half is here.</summary>
    public bool HasPrivateHalf { get; }

    /// <summary>When the certificate begins to be valid; null for a bare public key.</summary>
    public DateTimeOffset? NotBefore { get; }

    /// <summary>When the certificate expires; null for a bare public key.</summary>
    public DateTimeOffset? NotAfter { get; }

    /// <summary>The key of a certificate, which is taken over; null where it is no RSA key.</summary>
    public static RsaKey? Of(X509Certificate2 certificate)
    {
        using var rsa = certificate.GetRSAPublicKey();
        return rsa is null ? null : new RsaKey(certificate, rsa.ExportSubjectPublicKeyInfo());
    }

    /// <summary>The key of a certificate and of an encrypted PKCS#8 structure (RFC 5958, section 3); null where the certificate's is no RSA key.</summary>
    /// <exception cref="CryptographicException">The passphrase is another one, or the structure does not hold an RSA key.</exception>
    /// <exception cref="ArgumentException">The private key is not that of the certificate.</exception>
    public static RsaKey? Of(X509Certificate2 certificate, ReadOnlySpan<byte> encryptedPkcs8, ReadOnlySpan<byte> passphrase)
    {
        using var rsa = RSA.Create();
        rsa.ImportEncryptedPkcs8PrivateKey(passphrase, encryptedPkcs8, out _);
        return Of(certificate.CopyWithPrivateKey(rsa));
    }

    /// <summary>A bare public key.</summary>
    /// <param name="publicKey">Its SubjectPublicKeyInfo.</param>
    /// <exception cref="CryptographicException">It is no RSA key.</exception>
    public static RsaKey OfPublicKey(ReadOnlySpan<byte> publicKey)
    {
        using var rsa = RSA.Create();
        rsa.ImportSubjectPublicKeyInfo(publicKey, out _);
        return new RsaKey(null, rsa.ExportSubjectPublicKeyInfo());
    }

    /// <summary>Wraps.</summary>
    /// <param name="key">What is wrapped.</param>
    /// <param name="digest">SHA-256 of what the wrap is bound to.</param>
    public byte[] Seal(ReadOnlySpan<byte> key, ReadOnlySpan<byte> digest)
    {
        Span<byte> inner = stackalloc byte[SecretMemory.SlotSize + DigestSize];
        inner = inner[..(key.Length + DigestSize)];
        var rsa = Rent();
        try
        {
            key.CopyTo(inner);
            digest.CopyTo(inner[key.Length..]);
            return rsa.Encrypt(inner, RSAEncryptionPadding.OaepSHA256);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(inner);
            Return(rsa);
        }
    }

    /// <summary>Unwraps; null, with nothing written, where the wrap is not one of this key and digest.</summary>
    /// <param name="wrap">What <see cref="Seal"/> gave.</param>
    /// <param name="digest">SHA-256 of what the wrap was bound to.</param>
    /// <param name="minimumSize">A shorter key is none.</param>
    /// <param name="key">Receives what was wrapped.</param>
    /// <returns>The size of the key in bytes.</returns>
    public int? TryOpen(ReadOnlySpan<byte> wrap, ReadOnlySpan<byte> digest, int minimumSize, Span<byte> key)
    {
        if (wrap.Length != (Bits + 7) / 8)
        {
            return null;
        }

        Span<byte> inner = stackalloc byte[wrap.Length];
        var rsa = Rent();
        try
        {
            if (!rsa.TryDecrypt(wrap, inner, RSAEncryptionPadding.OaepSHA256, out int written))
            {
                return null;
            }

            int size = written - DigestSize;
            if (size < minimumSize || size > key.Length || !CryptographicOperations.FixedTimeEquals(inner[size..written], digest))
            {
                return null;
            }

            inner[..size].CopyTo(key);
            return size;
        }
        catch (CryptographicException)
        {
            return null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(inner);
            Return(rsa);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            while (_idle.TryPop(out var rsa))
            {
                rsa.Dispose();
            }

            _certificate?.Dispose();
        }
    }

    private RSA Open()
    {
        if (_certificate is not null)
        {
            return (HasPrivateHalf ? _certificate.GetRSAPrivateKey() : _certificate.GetRSAPublicKey())!;
        }

        var rsa = RSA.Create();
        rsa.ImportSubjectPublicKeyInfo(_publicKey, out _);
        return rsa;
    }

    private RSA Rent()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _idle.TryPop(out var rsa) ? rsa : Open();
        }
    }

    private void Return(RSA rsa)
    {
        lock (_gate)
        {
            if (_disposed)
            {
                rsa.Dispose();
            }
            else
            {
                _idle.Push(rsa);
            }
        }
    }
}
