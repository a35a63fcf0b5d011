using System.Collections.Concurrent;
using ColumnCrypt.Format;

namespace ColumnCrypt.Keys;

/// <summary>
/// The highest total of reserved uses that this node has seen of each key, whether its ring is cached or not. Thread-safe. Forgets
/// nothing until it holds <paramref name="capacity"/> keys; then it starts anew.
/// </summary>
internal sealed class UseMemory(int capacity)
{
    private readonly ConcurrentDictionary<KeyId, long> _marks = new();
    private int _count;

    public long Of(KeyId key) => _marks.GetValueOrDefault(key);

    public void Raise(KeyId key, long total)
    {
        if (_marks.TryAdd(key, total))
        {
            if (Interlocked.Increment(ref _count) > capacity)
            {
                _marks.Clear();
                Volatile.Write(ref _count, 0);
            }

            return;
        }

        _marks.AddOrUpdate(key, total, (_, before) => Math.Max(before, total));
    }
}
