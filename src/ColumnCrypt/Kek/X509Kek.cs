using System.Security.Cryptography;
using ColumnCrypt.Crypto;

namespace ColumnCrypt.Kek;

/// <summary>
/// A KEK of type <c>x509:</c> behind the contract (docs/SPEC.md, SPEC-WRAP-6; docs/kek/x509.md): RSA-OAEP around the key and the digest of
/// its context. A certificate is a key with two dates here: no chain is built, no revocation is asked for.
/// </summary>
/// <param name="uri">The URI.</param>
/// <param name="time">The clock that says whether the certificate is valid.</param>
/// <param name="open">Reads the certificate.</param>
internal sealed class X509Kek(string uri, Func<TimeProvider> time, Func<RsaKey> open) : IKeyEncryptionKey, IDisposable
{
    private readonly OpenedOnce<RsaKey> _key = new(open);

    public string Id => uri;

    public KekCapabilities Capabilities =>
        KekCapabilities.PublicWrap | KekCapabilities.Versions | (_key.Opened is { HasPrivateHalf: false } ? KekCapabilities.WrapOnly : KekCapabilities.None);

    // Table 2 of SP 800-57 has no row in between.
    public int? SecurityStrength => _key.Opened?.Bits switch
    {
        null => null,
        >= 15_360 => 256,
        >= 7_680 => 192,
        >= 3_072 => 128,
        _ => 112,
    };

    public DateTimeOffset? ExpiresAt => _key.Opened?.NotAfter;

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

    public async ValueTask CheckAsync(CancellationToken cancellationToken) => DemandValid(await _key.GetAsync(cancellationToken).ConfigureAwait(false));

    public void Dispose() => _key.Dispose();

    private WrappedKey Reseal(RsaKey key, WrappedKey wrapped, WrapContext context)
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

    private WrappedKey Seal(RsaKey key, ReadOnlySpan<byte> secret, WrapContext context)
    {
        DemandValid(key);
        try
        {
            return new WrappedKey(key.Version, key.Seal(secret, context.Digest()));
        }
        catch (ObjectDisposedException error)
        {
            throw Closed(error);
        }
    }

    private int Open(RsaKey key, WrappedKey wrapped, WrapContext context, Span<byte> destination)
    {
        if (!key.HasPrivateHalf)
        {
            throw new KekException(
                KekFailure.Denied, $"{uri} holds the public half of its key alone: it wraps. The private half, which unwraps, is kept elsewhere, with whoever may recover keys.");
        }

        if (wrapped.KekVersion != key.Version)
        {
            throw new KekException(
                KekFailure.WrongContextOrTampered,
                $"The {context} was wrapped by another key pair than the one in {uri}: version {wrapped.KekVersion}, and this is {key.Version}. Put the private half back that belongs to it.");
        }

        try
        {
            return key.TryOpen(wrapped.Bytes.Span, context.Digest(), KekArguments.MinimumKeySize, destination[..KekArguments.MaximumKeySize]) ?? throw new KekException(
                KekFailure.WrongContextOrTampered, $"The wrap of the {context} was changed, or belongs to another tenant, key or installation. Compare the key tables with a backup.");
        }
        catch (ObjectDisposedException error)
        {
            throw Closed(error);
        }
    }

    private void DemandValid(RsaKey key)
    {
        var now = time().GetUtcNow();
        if (now < key.NotBefore || now > key.NotAfter)
        {
            throw new KekException(
                KekFailure.Disabled,
                $"The certificate in {uri} is valid from {key.NotBefore:u} to {key.NotAfter:u}: nothing is wrapped under it now. Put a certificate in its place that is valid; what it has wrapped it still unwraps.");
        }
    }

    private static void Check(WrappedKey wrapped, WrapContext context)
    {
        ArgumentNullException.ThrowIfNull(wrapped);
        ArgumentNullException.ThrowIfNull(context);
    }

    private static KekException Closed(ObjectDisposedException error) =>
        new(KekFailure.Unavailable, "The KEK was closed together with the ColumnCrypt instance that it belongs to.", error);
}
