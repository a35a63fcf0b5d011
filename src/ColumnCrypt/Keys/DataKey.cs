using System.Collections.Concurrent;
using System.Security.Cryptography;
using ColumnCrypt.Crypto;
using ColumnCrypt.Crypto.Aead;
using ColumnCrypt.Format;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Keys;

/// <summary>
/// A data key in use: its bytes, the AEAD pools of its subkeys, its row as last read, and what is left of its reserved uses.
/// Thread-safe. After <see cref="Close"/> no new operation starts; one under way ends with the instance that it leased.
/// </summary>
internal sealed class DataKey(KeyRecord record, SecretBytes secret, AeadContexts contexts)
{
    private const int SeenAtMost = 8;

    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, AeadPool> _pools = new(concurrencyLevel: 1, capacity: 3, StringComparer.Ordinal);
    private volatile AeadPool[] _seen = [];
    private volatile KeyRecord _record = record;
    private bool _closed;

    public KeyId Id { get; } = record.KeyId;

    /// <summary>The row as this node last read it.</summary>
    public KeyRecord Record
    {
        get => _record;
        set => _record = value;
    }

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

    public bool Matches(ReadOnlySpan<byte> key)
    {
        lock (_gate)
        {
            return !_closed && CryptographicOperations.FixedTimeEquals(secret.GetSpan(), key);
        }
    }

    /// <summary>True once the key is zeroed.</summary>
    public bool IsClosed
    {
        get
        {
            lock (_gate)
            {
                return _closed;
            }
        }
    }

    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            secret.Dispose();
            foreach (var pool in _pools.Values)
            {
                pool.Close();
            }
        }
    }

    private AeadPool AddPool(string purpose)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            var pool = _pools.GetOrAdd(purpose, key => new AeadPool(key, Derive, contexts));
            if (_seen.Length < SeenAtMost && !_seen.Contains(pool))
            {
                _seen = [.. _seen, pool];
            }

            return pool;
        }
    }

    private void Derive(string purpose, Span<byte> subkey)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            Kdf.DeriveAead(secret.GetSpan(), ValueFrame.Suite1, purpose, subkey);
            GC.KeepAlive(secret);
        }
    }
}
