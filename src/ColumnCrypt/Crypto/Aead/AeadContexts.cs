namespace ColumnCrypt.Crypto.Aead;

/// <summary>
/// The contexts of all keys of an instance: at most about <paramref name="capacity"/> are alive; beyond it those of the pools that were least
/// recently used go, by second chance, so that using a pool costs no more than a flag. Thread-safe.
/// </summary>
internal sealed class AeadContexts(AeadProvider provider, int capacity)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<AeadPool> _pools = new();
    private int _live;

    public AeadProvider Provider => provider;

    /// <summary>The contexts that are alive.</summary>
    public int Live => Volatile.Read(ref _live);

    /// <summary>A context for a pool, which is then listed here until it closes.</summary>
    public AeadContext Open(AeadPool pool, ReadOnlySpan<byte> subkey)
    {
        var context = provider.Open(subkey);
        if (Interlocked.Increment(ref _live) > capacity || pool.Place.List is null)
        {
            lock (_gate)
            {
                List(pool);
                Trim();
            }
        }

        return context;
    }

    public void Close(AeadContext context)
    {
        context.Dispose();
        Interlocked.Decrement(ref _live);
    }

    public void Forget(AeadPool pool)
    {
        lock (_gate)
        {
            if (pool.Place.List is not null)
            {
                _pools.Remove(pool.Place);
            }
        }
    }

    private void List(AeadPool pool)
    {
        if (pool.Place.List is null && !pool.IsClosed)
        {
            _pools.AddLast(pool.Place);
        }
    }

    private void Trim()
    {
        for (int looks = 2 * _pools.Count; looks > 0 && Live > capacity; looks--)
        {
            var first = _pools.First!;
            _pools.RemoveFirst();
            _pools.AddLast(first);
            if (!first.Value.TakeUsed())
            {
                first.Value.Drain();
            }
        }
    }
}
