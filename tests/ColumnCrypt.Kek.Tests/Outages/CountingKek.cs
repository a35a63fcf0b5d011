namespace ColumnCrypt.Kek.Tests.Outages;

/// <summary>A KEK whose calls are counted as they leave the process, repeated ones too. Thread-safe.</summary>
internal sealed class CountingKek(IKeyEncryptionKey kek, Action count) : IKeyEncryptionKey, IDisposable
{
    public string Id => kek.Id;

    public KekCapabilities Capabilities => kek.Capabilities;

    public int MaxBatchSize => kek.MaxBatchSize;

    public ValueTask<WrappedKey> WrapAsync(ReadOnlyMemory<byte> key, WrapContext context, CancellationToken cancellationToken)
    {
        count();
        return kek.WrapAsync(key, context, cancellationToken);
    }

    public ValueTask<int> UnwrapAsync(WrappedKey wrapped, WrapContext context, Memory<byte> destination, CancellationToken cancellationToken)
    {
        count();
        return kek.UnwrapAsync(wrapped, context, destination, cancellationToken);
    }

    public ValueTask<WrappedKey> RewrapAsync(WrappedKey wrapped, WrapContext context, CancellationToken cancellationToken)
    {
        count();
        return kek.RewrapAsync(wrapped, context, cancellationToken);
    }

    public ValueTask CheckAsync(CancellationToken cancellationToken)
    {
        count();
        return kek.CheckAsync(cancellationToken);
    }

    public void Dispose() => (kek as IDisposable)?.Dispose();
}
