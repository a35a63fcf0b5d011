using System.Collections.Concurrent;

namespace ColumnCrypt.Crypto;

/// <summary>
/// Instances of a primitive that one caller at a time may use. Thread-safe. Keeps at most twice as many idle as there are processors, and one.
/// </summary>
/// <param name="make">Makes an instance where none is idle.</param>
internal sealed class InstancePool<T>(Func<T> make)
    where T : class, IDisposable
{
    private static readonly int s_maxIdle = Environment.ProcessorCount * 2;
    private readonly ConcurrentQueue<T> _more = new();
    private T? _first;
    private int _idle;
    private volatile bool _closed;

    public T Rent()
    {
        var instance = Interlocked.Exchange(ref _first, null);
        if (instance is not null)
        {
            return instance;
        }

        if (_more.TryDequeue(out instance))
        {
            Interlocked.Decrement(ref _idle);
            return instance;
        }

        return make();
    }

    public void Return(T instance)
    {
        if (Interlocked.CompareExchange(ref _first, instance, null) is not null)
        {
            if (Interlocked.Increment(ref _idle) > s_maxIdle)
            {
                Interlocked.Decrement(ref _idle);
                instance.Dispose();
            }
            else
            {
                _more.Enqueue(instance);
            }
        }

        if (_closed)
        {
            Drain();
        }
    }

    /// <summary>Ends the pool: idle instances go now, leased ones when they come back.</summary>
    public void Close()
    {
        _closed = true;
        Drain();
    }

    private void Drain()
    {
        Interlocked.Exchange(ref _first, null)?.Dispose();
        while (_more.TryDequeue(out var instance))
        {
            Interlocked.Decrement(ref _idle);
            instance.Dispose();
        }
    }
}
