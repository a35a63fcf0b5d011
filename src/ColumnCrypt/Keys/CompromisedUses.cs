using System.Collections.Concurrent;
using ColumnCrypt.Format;

namespace ColumnCrypt.Keys;

/// <summary>
/// The Compromised keys under which this process has read values: each is audited once, by the background work, because a read writes
/// nothing to the key store itself. Thread-safe.
/// </summary>
internal sealed class CompromisedUses
{
    private readonly ConcurrentDictionary<KeyId, bool> _seen = new();
    private readonly ConcurrentQueue<(KeyId KeyId, string Tenant)> _waiting = new();

    public void Note(KeyId keyId, string tenant)
    {
        if (!_seen.ContainsKey(keyId) && _seen.TryAdd(keyId, true))
        {
            _waiting.Enqueue((keyId, tenant));
        }
    }

    /// <summary>The next one that is not audited yet; left in place until <see cref="Done"/>.</summary>
    public bool TryPeek(out (KeyId KeyId, string Tenant) use) => _waiting.TryPeek(out use);

    public void Done() => _waiting.TryDequeue(out _);
}
