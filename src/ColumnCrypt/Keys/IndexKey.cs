using System.Collections.Concurrent;
using ColumnCrypt.Crypto;
using ColumnCrypt.Metadata;
using ColumnCrypt.Search;

namespace ColumnCrypt.Keys;

/// <summary>An index key in use: the HMAC pools of its subkeys, one for each index. Thread-safe.</summary>
internal sealed class IndexKey(KeyRecord record, SecretBytes secret, MacPool.Opening openMac) : TenantKey(record, secret)
{
    private readonly ConcurrentDictionary<IndexDefinition, MacPool> _pools = new(concurrencyLevel: 1, capacity: 3);

    public MacPool PoolFor(IndexDefinition index) =>
        _pools.TryGetValue(index, out var pool) ? pool : AddPool(index);

    protected override void ClosePools()
    {
        foreach (var pool in _pools.Values)
        {
            pool.Close();
        }
    }

    private MacPool AddPool(IndexDefinition index) => WhileOpen(() => _pools.GetOrAdd(index, of => new MacPool(
        openMac,
        subkey => Derive(static (name, key, into) => Kdf.DeriveIndex(key, name.Purpose, name.Kind, name.Normaliser, name.Version, into), of, subkey))));
}
