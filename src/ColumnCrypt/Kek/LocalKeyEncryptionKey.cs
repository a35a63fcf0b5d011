namespace ColumnCrypt.Kek;

/// <summary>A KEK of this process behind the contract.</summary>
internal sealed class LocalKeyEncryptionKey(string uri, KekCapabilities capabilities, Func<LocalKek> open) : IKeyEncryptionKey, IDisposable
{
    private readonly OpenedOnce<LocalKek> _kek = new(open);

    public string Id => uri;

    public KekCapabilities Capabilities => capabilities;

    public async ValueTask<WrappedKey> WrapAsync(ReadOnlyMemory<byte> key, WrapContext context, CancellationToken cancellationToken) =>
        (await _kek.GetAsync(cancellationToken).ConfigureAwait(false)).Wrap(key.Span, context);

    public async ValueTask<int> UnwrapAsync(WrappedKey wrapped, WrapContext context, Memory<byte> destination, CancellationToken cancellationToken) =>
        (await _kek.GetAsync(cancellationToken).ConfigureAwait(false)).Unwrap(wrapped, context, destination.Span);

    public async ValueTask<WrappedKey> RewrapAsync(WrappedKey wrapped, WrapContext context, CancellationToken cancellationToken) =>
        (await _kek.GetAsync(cancellationToken).ConfigureAwait(false)).Rewrap(wrapped, context);

    public async ValueTask CheckAsync(CancellationToken cancellationToken) => await _kek.GetAsync(cancellationToken).ConfigureAwait(false);

    public void Dispose() => _kek.Dispose();
}
