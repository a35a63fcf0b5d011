using System.Security.Cryptography;
using ColumnCrypt.Crypto.Aead;
using ColumnCrypt.Format;

namespace ColumnCrypt.Crypto.Kem;

/// <summary>
/// A hybrid key pair around keys: ML-KEM-768 (FIPS 203) and ECDH over P-256 with a key of its own for each wrap (SP 800-56A rev. 3, section 6.2.2). Whoever breaks one of the two has nothing yet. Both
/// shared secrets together, ML-KEM's first, go through the two-step derivation of SP 800-56C rev. 2, section 5: HMAC-SHA-256 under 32 zero bytes, then <see cref="Kdf"/> under
/// <c>columncrypt/1/mlkem</c> over both ciphertexts, both public keys and what the wrap is bound to. That key seals with AES-256-GCM, once.
/// <code>
/// 1088 bytes    ciphertext of ML-KEM
/// 65 bytes      the other key of P-256, uncompressed
/// 12 bytes      nonce
/// …             the key under AES-256-GCM, as long as it is
/// 16 bytes      tag; the associated data are what the wrap is bound to
/// </code>
/// Thread-safe: each call has platform objects of its own. Needs what <see cref="IsSupported"/> says.
/// </summary>
internal sealed class HybridKey : IDisposable
{
    /// <summary>How much longer a wrap is than the key in it, in bytes.</summary>
    public const int Overhead = Head + LocalWrap.Overhead;

    private const int Head = HybridSizes.Ciphertext + HybridSizes.Point;
    private const string Label = "columncrypt/1/mlkem";

    private readonly SecretBytes? _seed;
    private readonly SecretBytes? _scalar;
    private readonly Lock _gate = new();
    private bool _disposed;

    private HybridKey(HybridPublicKey publicKey, ReadOnlySpan<byte> privateKey)
    {
        PublicKey = publicKey;
        if (!privateKey.IsEmpty)
        {
            var memory = new SecretMemory(Environment.SystemPageSize, static _ => { });
            _seed = memory.Copy(privateKey[..HybridSizes.Seed]);
            _scalar = memory.Copy(privateKey[HybridSizes.Seed..]);
        }
    }

    /// <summary>Whether the platform has ML-KEM: OpenSSL 3.5 or later, or Windows from build 26100 on.</summary>
    public static bool IsSupported => MLKem.IsSupported;

    /// <summary>The public halves.</summary>
    public HybridPublicKey PublicKey { get; }

    /// <summary>True where the private halves are here.</summary>
    public bool HasPrivateHalf => _seed is not null;

    /// <summary>A new pair.</summary>
    /// <param name="privateKey">Receives both private keys: seed ‖ scalar, 96 bytes.</param>
    public static HybridPublicKey Generate(Span<byte> privateKey)
    {
        using var kem = MLKem.GenerateKey(MLKemAlgorithm.MLKem768);
        using var curve = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        var parameters = curve.ExportParameters(includePrivateParameters: true);
        try
        {
            kem.ExportPrivateSeed(privateKey[..HybridSizes.Seed]);
            parameters.D.CopyTo(privateKey[HybridSizes.Seed..]);
            return new HybridPublicKey(kem.ExportEncapsulationKey(), PointOf(parameters));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(parameters.D);
        }
    }

    /// <summary>The public halves alone.</summary>
    /// <exception cref="CryptographicException">One of them is no key.</exception>
    public static HybridKey Of(HybridPublicKey publicKey)
    {
        using var kem = MLKem.ImportEncapsulationKey(MLKemAlgorithm.MLKem768, publicKey.Encapsulation);
        using var curve = ECDiffieHellman.Create(ParametersOf(publicKey.Point));
        return new HybridKey(publicKey, default);
    }

    /// <summary>Both halves.</summary>
    /// <param name="publicKey">The public ones.</param>
    /// <param name="privateKey">The private ones: seed ‖ scalar; copied.</param>
    /// <exception cref="CryptographicException">They are no keys, or do not belong together.</exception>
    public static HybridKey Of(HybridPublicKey publicKey, ReadOnlySpan<byte> privateKey)
    {
        using var kem = MLKem.ImportPrivateSeed(MLKemAlgorithm.MLKem768, privateKey[..HybridSizes.Seed]);
        using var curve = Curve(publicKey, privateKey[HybridSizes.Seed..]);
        return kem.ExportEncapsulationKey().AsSpan().SequenceEqual(publicKey.Encapsulation) && PointOf(curve.ExportParameters(includePrivateParameters: false)).AsSpan().SequenceEqual(publicKey.Point)
            ? new HybridKey(publicKey, privateKey)
            : throw new CryptographicException("The private halves are not those of the public ones.");
    }

    /// <summary>Wraps.</summary>
    /// <param name="key">What is wrapped.</param>
    /// <param name="associated">What the wrap is bound to.</param>
    public byte[] Seal(ReadOnlySpan<byte> key, ReadOnlySpan<byte> associated)
    {
        var wrap = new byte[key.Length + Overhead];
        Span<byte> secrets = stackalloc byte[2 * HybridSizes.SharedSecret];
        Span<byte> wrapKey = stackalloc byte[LocalWrap.KeySize];
        try
        {
            using var kem = MLKem.ImportEncapsulationKey(MLKemAlgorithm.MLKem768, PublicKey.Encapsulation);
            using var recipient = ECDiffieHellman.Create(ParametersOf(PublicKey.Point));
            using var ephemeral = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
            kem.Encapsulate(wrap.AsSpan(0, HybridSizes.Ciphertext), secrets[..HybridSizes.SharedSecret]);
            Agree(ephemeral, recipient, secrets[HybridSizes.SharedSecret..]);
            PointOf(ephemeral.ExportParameters(includePrivateParameters: false)).CopyTo(wrap, HybridSizes.Ciphertext);
            Derive(secrets, wrap.AsSpan(0, Head), associated, wrapKey);
            using var gcm = PortableAead.Instance.Open(wrapKey);
            LocalWrap.Seal(gcm, associated, key, wrap.AsSpan(Head));
            return wrap;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secrets);
            CryptographicOperations.ZeroMemory(wrapKey);
        }
    }

    /// <summary>Unwraps; false, with nothing written, where the wrap is not one of this pair and these bytes.</summary>
    /// <param name="wrap">What <see cref="Seal"/> gave.</param>
    /// <param name="associated">What the wrap was bound to.</param>
    /// <param name="key">Receives the key: <see cref="Overhead"/> shorter than the wrap, exactly.</param>
    /// <exception cref="ObjectDisposedException">The key was closed.</exception>
    public bool TryOpen(ReadOnlySpan<byte> wrap, ReadOnlySpan<byte> associated, Span<byte> key)
    {
        Span<byte> privateKey = stackalloc byte[HybridSizes.PrivateKey];
        Span<byte> secrets = stackalloc byte[2 * HybridSizes.SharedSecret];
        Span<byte> wrapKey = stackalloc byte[LocalWrap.KeySize];
        try
        {
            CopyPrivateKey(privateKey);
            using var kem = MLKem.ImportPrivateSeed(MLKemAlgorithm.MLKem768, privateKey[..HybridSizes.Seed]);
            using var own = Curve(PublicKey, privateKey[HybridSizes.Seed..]);
            if (Point(wrap.Slice(HybridSizes.Ciphertext, HybridSizes.Point)) is not { } ephemeral)
            {
                return false;
            }

            using (ephemeral)
            {
                kem.Decapsulate(wrap[..HybridSizes.Ciphertext], secrets[..HybridSizes.SharedSecret]);
                Agree(own, ephemeral, secrets[HybridSizes.SharedSecret..]);
            }

            Derive(secrets, wrap[..Head], associated, wrapKey);
            using var gcm = PortableAead.Instance.Open(wrapKey);
            return LocalWrap.TryOpen(gcm, associated, wrap[Head..], key);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(privateKey);
            CryptographicOperations.ZeroMemory(secrets);
            CryptographicOperations.ZeroMemory(wrapKey);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _seed?.Dispose();
            _scalar?.Dispose();
        }
    }

    private void CopyPrivateKey(Span<byte> privateKey)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _seed!.GetSpan().CopyTo(privateKey);
            _scalar!.GetSpan().CopyTo(privateKey[HybridSizes.Seed..]);
        }
    }

    private void Derive(ReadOnlySpan<byte> secrets, ReadOnlySpan<byte> head, ReadOnlySpan<byte> associated, Span<byte> wrapKey)
    {
        Span<byte> extracted = stackalloc byte[HMACSHA256.HashSizeInBytes];
        try
        {
            HMACSHA256.HashData(stackalloc byte[HMACSHA256.HashSizeInBytes], secrets, extracted);
            var fields = new FieldEncoding().Add(head[..HybridSizes.Ciphertext]).Add(head[HybridSizes.Ciphertext..]).Add(PublicKey.Encapsulation).Add(PublicKey.Point).Add(associated);
            Kdf.Derive(extracted, Label, fields.Encoded, wrapKey);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(extracted);
        }
    }

    private static void Agree(ECDiffieHellman own, ECDiffieHellman other, Span<byte> secret)
    {
        using var publicKey = other.PublicKey;
        byte[] agreed = own.DeriveRawSecretAgreement(publicKey);
        agreed.CopyTo(secret);
        CryptographicOperations.ZeroMemory(agreed);
    }

    private static ECDiffieHellman Curve(HybridPublicKey publicKey, ReadOnlySpan<byte> scalar)
    {
        var parameters = ParametersOf(publicKey.Point);
        parameters.D = GC.AllocateUninitializedArray<byte>(HybridSizes.Scalar, pinned: true);
        try
        {
            scalar.CopyTo(parameters.D);
            return ECDiffieHellman.Create(parameters);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(parameters.D);
        }
    }

    private static ECDiffieHellman? Point(ReadOnlySpan<byte> point)
    {
        try
        {
            return ECDiffieHellman.Create(ParametersOf(point));
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static ECParameters ParametersOf(ReadOnlySpan<byte> point) => point.Length == HybridSizes.Point && point[0] == 0x04
        ? new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = point.Slice(1, HybridSizes.Scalar).ToArray(), Y = point[(1 + HybridSizes.Scalar)..].ToArray() },
        }
        : throw new CryptographicException("That is no uncompressed point of P-256.");

    private static byte[] PointOf(ECParameters parameters) => [0x04, .. parameters.Q.X!, .. parameters.Q.Y!];
}
