using System.Security.Cryptography;
using ColumnCrypt.Crypto;
using ColumnCrypt.Crypto.Aead;
using ColumnCrypt.Format;
using ColumnCrypt.Kek;

namespace ColumnCrypt.Keys;

/// <summary>
/// An intermediate key in use: wraps as a KEK of this process does, under a subkey, and names itself as the version (docs/SPEC.md, SPEC-WRAP-17). Thread-safe.
/// </summary>
internal sealed class IntermediateKey : IDisposable
{
    private readonly LocalKek _kek;
    private long _provedAt;
    private long _askAgainAt;
    private long _usedAt;

    /// <summary>Takes the key; the caller zeroes its own bytes.</summary>
    /// <param name="id">Its key id.</param>
    /// <param name="key">Its 32 bytes.</param>
    /// <param name="cipher">Whose AES-256-GCM it wraps with.</param>
    public IntermediateKey(KeyId id, ReadOnlySpan<byte> key, AeadProvider cipher)
    {
        Id = id;
        Span<byte> subkey = stackalloc byte[LocalWrap.KeySize];
        try
        {
            Kdf.DeriveIntermediate(key, subkey);
            _kek = new LocalKek(id, subkey, cipher);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(subkey);
        }
    }

    public KeyId Id { get; }

    /// <summary>When a KEK was last asked for it, and gave it.</summary>
    public long ProvedAt
    {
        get => Volatile.Read(ref _provedAt);
        set => Volatile.Write(ref _provedAt, value);
    }

    /// <summary>When a KEK is to be asked for it again.</summary>
    public long AskAgainAt
    {
        get => Volatile.Read(ref _askAgainAt);
        set => Volatile.Write(ref _askAgainAt, value);
    }

    /// <summary>When it was last wanted.</summary>
    public long UsedAt
    {
        get => Volatile.Read(ref _usedAt);
        set => Volatile.Write(ref _usedAt, value);
    }

    public WrappedKey Wrap(ReadOnlySpan<byte> key, WrapContext context) => _kek.Wrap(key, context) with { KekVersion = Id.ToString() };

    public int Unwrap(WrappedKey wrapped, WrapContext context, Span<byte> destination) => _kek.Unwrap(wrapped with { KekVersion = "" }, context, destination);

    public void Dispose() => _kek.Dispose();
}
