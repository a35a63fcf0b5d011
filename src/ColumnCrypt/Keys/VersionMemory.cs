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
    private readonly ConcurrentDictionary<string, Sighting> _seen = new(StringComparer.Ordinal);
    private long _clock;
    private int _count;

    /// <summary>
    /// Marks the start of a read: only what was seen before it can convict what it returns. Also the time at which somebody asks: a read that
    /// starts later gives him what was committed before.
    /// </summary>
    public long StartRead() => Interlocked.Increment(ref _clock);

    public bool IsReplay(TenantRecord row, long startedAt) => IsReplay("t:" + row.Tenant, row.RowVersion, startedAt);

    public bool IsReplay(KeyRecord row, long startedAt) => IsReplay("k:" + row.KeyId, row.RowVersion, startedAt);

    /// <summary>True where a tenant's row was seen before and is gone: rows of the key tables are never deleted.</summary>
    public bool IsGone(string tenant, long startedAt) => _seen.TryGetValue("t:" + tenant, out var seen) && seen.At < startedAt;

    /// <summary>True where a tenant had more keys before.</summary>
    public bool IsCut(string tenant, int keys, long startedAt) => IsReplay("n:" + tenant, keys, startedAt);

    private bool IsReplay(string name, long version, long startedAt)
    {
        var now = new Sighting(version, Interlocked.Increment(ref _clock));
        if (_seen.TryAdd(name, now))
        {
            if (Interlocked.Increment(ref _count) > capacity)
            {
                _seen.Clear();
                Volatile.Write(ref _count, 0);
            }

            return false;
        }

        var seen = _seen.AddOrUpdate(name, now, (_, before) => before.Version >= version ? before : now);
        return seen.Version > version && seen.At < startedAt;
    }

    private readonly record struct Sighting(long Version, long At);
}
