using System.Security.Cryptography;

namespace ColumnCrypt.Kek.Contract;

/// <summary>
/// A KEK as another project would write it, for a system that cannot bind a context: the digest of the context stands inside the
/// wrap, behind the key. Built on public types alone.
/// </summary>
/// <param name="uri">The URI.</param>
public sealed class ForeignKek(string uri) : IKeyEncryptionKey
{
    private const int DigestSize = 32;
    private const int NonceSize = 12;
    private const int TagSize = 16;
    private readonly byte[] _kek = RandomNumberGenerator.GetBytes(32);

    public string Id => uri;

    public KekCapabilities Capabilities => KekCapabilities.Versions | KekCapabilities.Ephemeral;

    public ValueTask<WrappedKey> WrapAsync(ReadOnlyMemory<byte> key, WrapContext context, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (key.Length is < 16 or > 64)
        {
            throw new ArgumentException("A key has 16 to 64 bytes.", nameof(key));
        }

        byte[] inner = [.. key.Span, .. context.Digest()];
        var wrap = new byte[NonceSize + inner.Length + TagSize];
        RandomNumberGenerator.Fill(wrap.AsSpan(0, NonceSize));
        using var gcm = new AesGcm(_kek, TagSize);
        gcm.Encrypt(wrap.AsSpan(0, NonceSize), inner, wrap.AsSpan(NonceSize, inner.Length), wrap.AsSpan(NonceSize + inner.Length));
        return ValueTask.FromResult(new WrappedKey("1", wrap));
    }

    public ValueTask<int> UnwrapAsync(WrappedKey wrapped, WrapContext context, Memory<byte> destination, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (destination.Length < 64)
        {
            throw new ArgumentException("A destination has 64 bytes.", nameof(destination));
        }

        var wrap = wrapped.Bytes.Span;
        int size = wrap.Length - NonceSize - TagSize - DigestSize;
        if (size is < 16 or > 64)
        {
            throw Refused();
        }

        var inner = new byte[size + DigestSize];
        try
        {
            using var gcm = new AesGcm(_kek, TagSize);
            gcm.Decrypt(wrap[..NonceSize], wrap[NonceSize..^TagSize], wrap[^TagSize..], inner);
        }
        catch (AuthenticationTagMismatchException)
        {
            throw Refused();
        }

        if (!CryptographicOperations.FixedTimeEquals(inner.AsSpan(size), context.Digest()))
        {
            throw Refused();
        }

        inner.AsSpan(0, size).CopyTo(destination.Span);
        return ValueTask.FromResult(size);
    }

    public async ValueTask<WrappedKey> RewrapAsync(WrappedKey wrapped, WrapContext context, CancellationToken cancellationToken)
    {
        var key = new byte[64];
        int size = await UnwrapAsync(wrapped, context, key, cancellationToken);
        return await WrapAsync(key.AsMemory(0, size), context, cancellationToken);
    }

    public ValueTask CheckAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.CompletedTask;
    }

    private static KekException Refused() => new(KekFailure.WrongContextOrTampered, "The wrap was changed, or is bound to another context.");
}
