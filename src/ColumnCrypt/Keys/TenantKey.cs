using ColumnCrypt.Crypto;
using ColumnCrypt.Format;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Keys;

/// <summary>
/// A key of a tenant in use: its bytes, and its row as last read. Thread-safe. After <see cref="Close"/> no new operation starts; one under
/// way ends with the instance that it leased.
/// </summary>
internal abstract class TenantKey(KeyRecord record, SecretBytes secret)
{
    private readonly Lock _gate = new();
    private volatile KeyRecord _record = record;
    private bool _closed;

    protected delegate void SubkeyDerivation<in TIndex>(TIndex index, ReadOnlySpan<byte> key, Span<byte> subkey);

    public KeyId Id { get; } = record.KeyId;

    /// <summary>The row as this node last read it.</summary>
    public KeyRecord Record
    {
        get => _record;
        set => _record = value;
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
            ClosePools();
        }
    }

    /// <summary>Ends every pool; no other is added meanwhile or afterwards.</summary>
    protected abstract void ClosePools();

    /// <summary>Adds a pool, unless the key is closed.</summary>
    protected TPool WhileOpen<TPool>(Func<TPool> add)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            return add();
        }
    }

    /// <summary>Derives a subkey, unless the key is closed.</summary>
    protected void Derive<TIndex>(SubkeyDerivation<TIndex> derive, TIndex index, Span<byte> subkey)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            derive(index, secret.GetSpan(), subkey);
            GC.KeepAlive(secret);
        }
    }
}
