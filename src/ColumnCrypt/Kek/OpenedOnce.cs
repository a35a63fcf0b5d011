namespace ColumnCrypt.Kek;

/// <summary>
/// What a KEK holds of this process: opened when it is first needed, once for all callers, on a thread of the pool, for it may take a key
/// derivation function. A failure is not kept: the next call tries again. Thread-safe.
/// </summary>
/// <param name="open">Opens it.</param>
internal sealed class OpenedOnce<T>(Func<T> open) : IDisposable
    where T : class, IDisposable
{
    private readonly Lock _gate = new();
    private Task<T>? _opening;
    private volatile T? _opened;
    private bool _disposed;

    /// <summary>What was opened; null before the first call has returned.</summary>
    public T? Opened => _opened;

    /// <summary>Opens it where nobody has; a caller that is cancelled leaves the others waiting.</summary>
    public ValueTask<T> GetAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return _opened is { } opened ? ValueTask.FromResult(opened) : OpenAsync(cancellationToken);
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _opened?.Dispose();
        }
    }

    private async ValueTask<T> OpenAsync(CancellationToken cancellationToken)
    {
        Task<T> opening;
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

    private T Open()
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
