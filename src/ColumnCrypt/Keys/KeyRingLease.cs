namespace ColumnCrypt.Keys;

/// <summary>
/// Keeps a ring's keys in memory until disposed: a ring evicted meanwhile is zeroed only after its last lease is gone.
/// Disposing twice is harmless.
/// </summary>
public sealed class KeyRingLease : IDisposable
{
    private int _disposed;

    internal KeyRingLease(KeyRing ring) => Ring = ring;

    /// <summary>The ring. Not to be used after <see cref="Dispose"/>.</summary>
    public KeyRing Ring { get; }

    /// <summary>Gives the ring back.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            Ring.Release();
        }
    }
}
