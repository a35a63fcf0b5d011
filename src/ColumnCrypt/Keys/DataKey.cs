using System.Collections.Concurrent;
using ColumnCrypt.Crypto;
using ColumnCrypt.Crypto.Aead;
using ColumnCrypt.Format;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Keys;

/// <summary>A data key in use: the AEAD pools of its subkeys, and what is left of its reserved uses. Thread-safe.</summary>
internal sealed class DataKey(KeyRecord record, SecretBytes secret, AeadContexts contexts) : TenantKey(record, secret)
{
    private const int SeenAtMost = 8;

    private readonly ConcurrentDictionary<string, AeadPool> _pools = new(concurrencyLevel: 1, capacity: 3, StringComparer.Ordinal);
    private volatile AeadPool[] _seen = [];

    public UseBudget Budget { get; } = new();

    /// <summary>The pool of a purpose. A column names its purpose by one string object, so that mostly no text is compared.</summary>
    public AeadPool PoolFor(string purpose)
    {
        foreach (var pool in _seen)
        {
            if (ReferenceEquals(pool.Purpose, purpose))
            {
                return pool;
            }
        }

        return _pools.TryGetValue(purpose, out var found) ? found : AddPool(purpose);
    }

    protected override void ClosePools()
    {
        foreach (var pool in _pools.Values)
        {
            pool.Close();
        }
    }

    private AeadPool AddPool(string purpose) => WhileOpen(() =>
    {
        var pool = _pools.GetOrAdd(purpose, of => new AeadPool(of, Derive, contexts));
        if (_seen.Length < SeenAtMost && !_seen.Contains(pool))
        {
            _seen = [.. _seen, pool];
        }

        return pool;
    });

    private void Derive(string purpose, Span<byte> subkey) =>
        Derive(static (name, key, into) => Kdf.DeriveAead(key, ValueFrame.Suite1, name, into), purpose, subkey);
}
