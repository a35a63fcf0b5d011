using System.Collections.Concurrent;
using ColumnCrypt.Crypto;
using ColumnCrypt.Format;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Keys;

/// <summary>A data key in use: the AEAD pools of its subkeys, and what is left of its reserved uses. Thread-safe.</summary>
internal sealed class DataKey(KeyRecord record, SecretBytes secret) : TenantKey(record, secret)
{
    private readonly ConcurrentDictionary<string, AeadPool> _pools = new(concurrencyLevel: 1, capacity: 3, StringComparer.Ordinal);

    public UseBudget Budget { get; } = new();

    public AeadPool PoolFor(string purpose) =>
        _pools.TryGetValue(purpose, out var pool) ? pool : AddPool(purpose);

    protected override void ClosePools()
    {
        foreach (var pool in _pools.Values)
        {
            pool.Close();
        }
    }

    private AeadPool AddPool(string purpose) => WhileOpen(() => _pools.GetOrAdd(purpose, of => new AeadPool(
        subkey => Derive(static (name, key, into) => Kdf.DeriveAead(key, ValueFrame.Suite1, name, into), of, subkey))));
}
