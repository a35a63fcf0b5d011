namespace ColumnCrypt.Kek;

/// <summary>
/// A KEK of this process behind the contract: opened when it is first needed, once for all callers. A failure to open is not kept:
/// the next call tries again.
/// </summary>
internal sealed class LocalKeyEncryptionKey(string uri, KekCapabilities capabilities, Func<LocalKek> open) : IKeyEncryptionKey, IDisposable
{
    private readonly Lock _gate = new();
    private Task<LocalKek>? _opening;
    private LocalKek? _opened;
    private bool _disposed;

    public string Id => uri;

    public KekCapabilities Capabilities => capabilities;

    public async ValueTask<WrappedKey> WrapAsync(ReadOnlyMemory<byte> key, WrapContext context, CancellationToken cancellationToken) =>
        (await OpenAsync(cancellationToken).ConfigureAwait(false)).Wrap(key.Span, context);

    public async ValueTask<int> UnwrapAsync(WrappedKey wrapped, WrapContext context, Memory<byte> destination, CancellationToken cancellationToken) =>
        (await OpenAsync(cancellationToken).ConfigureAwait(false)).Unwrap(wrapped, context, destination.Span);

    public async ValueTask<WrappedKey> RewrapAsync(WrappedKey wrapped, WrapContext context, CancellationToken cancellationToken) =>
        (await OpenAsync(cancellationToken).ConfigureAwait(false)).Rewrap(wrapped, context);

    public async ValueTask CheckAsync(CancellationToken cancellationToken) => await OpenAsync(cancellationToken).ConfigureAwait(false);

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _opened?.Dispose();
        }
    }

    /// <summary>Opening takes a thread of the pool for the time of a KDF; a caller that is cancelled leaves the others waiting for it.</summary>
    private async Task<LocalKek> OpenAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Task<LocalKek> opening;
        lock (_gate)
        {
            if (_opening is null or { IsFaulted: true })
            {
                _opening = Task.Run(Open, CancellationToken.None);
            }

            opening = _opening;
        }

        return await opening.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private LocalKek Open()
    {
        var opened = open();
        lock (_gate)
        {
            _opened = opened;
            if (_disposed)
            {
                opened.Dispose();
            }
        }

        return opened;
    }
}
