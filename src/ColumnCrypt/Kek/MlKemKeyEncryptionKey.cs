using System.Security.Cryptography;
using ColumnCrypt.Crypto.Kem;

namespace ColumnCrypt.Kek;

/// <summary>A KEK of type <c>mlkem:</c> behind the contract (docs/SPEC.md, SPEC-WRAP-15; docs/kek/mlkem.md).</summary>
/// <param name="uri">The URI.</param>
/// <param name="open">Reads the file.</param>
internal sealed class MlKemKeyEncryptionKey(string uri, Func<HybridKey> open) : IKeyEncryptionKey, IDisposable
{
    private const byte Layout = 0x01;

    private readonly OpenedOnce<HybridKey> _key = new(open);

    public string Id => uri;

    public KekCapabilities Capabilities =>
        KekCapabilities.PublicWrap | KekCapabilities.Versions | (_key.Opened is { HasPrivateHalf: false } ? KekCapabilities.WrapOnly : KekCapabilities.None);

    // ML-KEM-768 is of category 3 (FIPS 203, section 8), P-256 of 128 bits: what is proved is the weaker one.
    public int? SecurityStrength => 128;

    public async ValueTask<WrappedKey> WrapAsync(ReadOnlyMemory<byte> key, WrapContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        KekArguments.DemandKey(key);
        return Seal(await _key.GetAsync(cancellationToken).ConfigureAwait(false), key.Span, context);
    }

    public async ValueTask<int> UnwrapAsync(WrappedKey wrapped, WrapContext context, Memory<byte> destination, CancellationToken cancellationToken)
    {
        Check(wrapped, context);
        KekArguments.DemandDestination(destination);
        return Open(await _key.GetAsync(cancellationToken).ConfigureAwait(false), wrapped, context, destination.Span);
    }

    public async ValueTask<WrappedKey> RewrapAsync(WrappedKey wrapped, WrapContext context, CancellationToken cancellationToken)
    {
        Check(wrapped, context);
        return Reseal(await _key.GetAsync(cancellationToken).ConfigureAwait(false), wrapped, context);
    }

    public async ValueTask CheckAsync(CancellationToken cancellationToken) => await _key.GetAsync(cancellationToken).ConfigureAwait(false);

    public void Dispose() => _key.Dispose();

    private WrappedKey Reseal(HybridKey key, WrappedKey wrapped, WrapContext context)
    {
        Span<byte> secret = stackalloc byte[KekArguments.MaximumKeySize];
        try
        {
            return Seal(key, secret[..Open(key, wrapped, context, secret)], context);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    private static WrappedKey Seal(HybridKey key, ReadOnlySpan<byte> secret, WrapContext context) =>
        new(key.PublicKey.Version, (byte[])[Layout, .. key.Seal(secret, context.Fields().Encoded)]);

    private int Open(HybridKey key, WrappedKey wrapped, WrapContext context, Span<byte> destination)
    {
        if (!key.HasPrivateHalf)
        {
            throw new KekException(
                KekFailure.Denied, $"{uri} holds the public half of its key alone: it wraps. The private half, which unwraps, is kept elsewhere, with whoever may recover keys.");
        }

        if (wrapped.KekVersion != key.PublicKey.Version)
        {
            throw new KekException(
                KekFailure.WrongContextOrTampered,
                $"The {context} was wrapped by another key pair than the one in {uri}: version {wrapped.KekVersion}, and this is {key.PublicKey.Version}. Put the private half back that belongs to it.");
        }

        int size = wrapped.Bytes.Length - 1 - HybridKey.Overhead;
        try
        {
            return size is >= KekArguments.MinimumKeySize and <= KekArguments.MaximumKeySize && wrapped.Bytes.Span[0] == Layout
                && key.TryOpen(wrapped.Bytes.Span[1..], context.Fields().Encoded, destination[..size])
                    ? size
                    : throw new KekException(
                        KekFailure.WrongContextOrTampered, $"The wrap of the {context} was changed, or belongs to another tenant, key or installation. Compare the key tables with a backup.");
        }
        catch (ObjectDisposedException error)
        {
            throw new KekException(KekFailure.Unavailable, "The KEK was closed together with the ColumnCrypt instance that it belongs to.", error);
        }
    }

    private static void Check(WrappedKey wrapped, WrapContext context)
    {
        ArgumentNullException.ThrowIfNull(wrapped);
        ArgumentNullException.ThrowIfNull(context);
    }
}
