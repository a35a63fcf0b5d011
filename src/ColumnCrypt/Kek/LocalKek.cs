using System.Security.Cryptography;
using ColumnCrypt.Crypto;
using ColumnCrypt.Crypto.Aead;
using ColumnCrypt.Format;

namespace ColumnCrypt.Kek;

/// <summary>
/// A KEK whose 32 bytes this process holds. Thread-safe; calls run side by side, each with a cipher context of its own that is kept for the next. After
/// <see cref="Dispose"/> the key is zeroed and the contexts are closed, one that a call under way has leased when that ends.
/// </summary>
/// <remarks>
/// A wrap is 45 bytes longer than the key in it, and docs/kek/file.md tells other languages how to read it:
/// <code>
/// byte 0        0x01: this layout
/// bytes 1..16   id of the KEK that wrapped
/// bytes 17..28  nonce, 96 random bits from the operating system
/// bytes 29..    the key under AES-256-GCM, as long as the key
/// last 16       GCM tag; the associated data are the bytes of the wrap context
/// </code>
/// Random nonces bound a KEK to 2^32 wraps (NIST SP 800-38D, section 8.3); a wrap is made per DEK and rewrap, never per value.
/// </remarks>
internal sealed class LocalKek : IDisposable
{
    private const byte Layout = 0x01;
    private const int HeaderSize = 1 + KeyId.Size;
    private const int MinimumKeySize = 16;

    private readonly Lock _gate = new();
    private readonly KeyId _id;
    private readonly SecretBytes _key;
    private readonly WrapPool _wraps;
    private volatile bool _disposed;

    /// <summary>Takes a copy of the KEK.</summary>
    /// <param name="id">The id of the KEK.</param>
    /// <param name="key">32 bytes; the caller zeroes its own.</param>
    /// <param name="cipher">Whose AES-256-GCM it wraps with.</param>
    public LocalKek(KeyId id, ReadOnlySpan<byte> key, AeadProvider cipher)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, LocalWrap.KeySize, nameof(key));
        _id = id;

        // One page for one key. Where it cannot be locked, the memory of the rings, far larger, says so once for the process.
        _key = new SecretMemory(Environment.SystemPageSize, static _ => { }).Copy(key);
        _wraps = new WrapPool(() => Open(cipher));
    }

    /// <summary>A KEK that nobody has seen.</summary>
    /// <param name="cipher">Whose AES-256-GCM it wraps with.</param>
    public static LocalKek Random(AeadProvider cipher)
    {
        Span<byte> id = stackalloc byte[KeyId.Size];
        Span<byte> key = stackalloc byte[LocalWrap.KeySize];
        try
        {
            SystemRandom.Fill(id);
            SystemRandom.Fill(key);
            return new LocalKek(new KeyId(id), key, cipher);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    public WrappedKey Wrap(ReadOnlySpan<byte> inner, WrapContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (inner.Length is < MinimumKeySize or > SecretMemory.SlotSize)
        {
            throw new ArgumentException($"A key to wrap has {MinimumKeySize} to {SecretMemory.SlotSize} bytes; this one has {inner.Length}.", nameof(inner));
        }

        var wrapped = NewWrap(inner.Length);
        ThrowIfClosed();
        _wraps.Seal(context.Fields().Encoded, inner, wrapped.AsSpan(HeaderSize));
        return new WrappedKey("", wrapped);
    }

    public int Unwrap(WrappedKey wrapped, WrapContext context, Span<byte> destination)
    {
        if (destination.Length < SecretMemory.SlotSize)
        {
            throw new ArgumentException($"The destination of an unwrap has {SecretMemory.SlotSize} bytes at least; this one has {destination.Length}.", nameof(destination));
        }

        var body = BodyOf(wrapped, context);
        int size = body.Length - LocalWrap.Overhead;
        ThrowIfClosed();
        return _wraps.TryOpen(context.Fields().Encoded, body, destination[..size]) ? size : throw WrongContextOrTampered(context);
    }

    public WrappedKey Rewrap(WrappedKey wrapped, WrapContext context)
    {
        var body = BodyOf(wrapped, context);
        var rewrapped = NewWrap(body.Length - LocalWrap.Overhead);
        ThrowIfClosed();
        return _wraps.TryReseal(context.Fields().Encoded, body, rewrapped.AsSpan(HeaderSize)) ? new WrappedKey("", rewrapped) : throw WrongContextOrTampered(context);
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _key.Dispose();
        }

        _wraps.Close();
    }

    private AeadContext Open(AeadProvider cipher)
    {
        lock (_gate)
        {
            ThrowIfClosed();
            return cipher.Open(_key.GetSpan());
        }
    }

    private void ThrowIfClosed()
    {
        if (_disposed)
        {
            throw new KekException(KekFailure.Unavailable, "The KEK was closed together with the ColumnCrypt instance that it belongs to.");
        }
    }

    private byte[] NewWrap(int keySize)
    {
        var wrapped = new byte[HeaderSize + keySize + LocalWrap.Overhead];
        wrapped[0] = Layout;
        _id.CopyTo(wrapped.AsSpan(1));
        return wrapped;
    }

    /// <summary>What follows the header of a wrap, once the header has been checked.</summary>
    private ReadOnlySpan<byte> BodyOf(WrappedKey wrapped, WrapContext context)
    {
        ArgumentNullException.ThrowIfNull(wrapped);
        ArgumentNullException.ThrowIfNull(context);
        var bytes = wrapped.Bytes.Span;
        if (bytes.Length - HeaderSize - LocalWrap.Overhead is < MinimumKeySize or > SecretMemory.SlotSize || bytes[0] != Layout || wrapped.KekVersion.Length != 0)
        {
            throw new KekException(KekFailure.WrongContextOrTampered, $"The wrap of the {context} is none that a local KEK makes. Restore its row from a backup.");
        }

        var wrapper = new KeyId(bytes.Slice(1, KeyId.Size));
        return wrapper == _id
            ? bytes[HeaderSize..]
            : throw new KekException(
                KekFailure.WrongContextOrTampered,
                $"The {context} was wrapped by the KEK {wrapper}, and this is the KEK {_id}. Put the KEK back that wrapped it; a new one does not replace it.");
    }

    private static KekException WrongContextOrTampered(WrapContext context) =>
        new(KekFailure.WrongContextOrTampered, $"The wrap of the {context} was changed, or belongs to another tenant, key or installation. Compare the key tables with a backup.");
}
