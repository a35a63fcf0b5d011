using System.Collections.Concurrent;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Keys;

/// <summary>
/// Remembers the highest row version of each key and tenant that this node has seen, so that an older row, valid once, is
/// refused when somebody puts it back. Thread-safe. Forgets nothing until it holds <paramref name="capacity"/> rows; then it
/// starts anew, which loses replay protection for rows not read since, and nothing else.
/// </summary>
internal sealed class VersionMemory(int capacity)
{
    private readonly ConcurrentDictionary<string, long> _seen = new(StringComparer.Ordinal);
    private int _count;

    public bool IsReplay(TenantRecord row) => IsReplay("t:" + row.Tenant, row.RowVersion);

    public bool IsReplay(KeyRecord row) => IsReplay("k:" + row.KeyId, row.RowVersion);

    private bool IsReplay(string name, long version)
    {
        if (_seen.TryAdd(name, version))
        {
            if (Interlocked.Increment(ref _count) > capacity)
            {
                _seen.Clear();
                Volatile.Write(ref _count, 0);
            }

            return false;
        }

        return _seen.AddOrUpdate(name, version, (_, seen) => Math.Max(seen, version)) > version;
    }
}
