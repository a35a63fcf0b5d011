using System.Runtime.Versioning;
using System.Security.Cryptography;
using ColumnCrypt.Crypto;
using ColumnCrypt.Crypto.Aead;
using ColumnCrypt.Format;

namespace ColumnCrypt.Kek;

/// <summary>
/// A KEK in the kernel's keyrings behind the contract (docs/SPEC.md, SPEC-WRAP-14; docs/kek/keyring.md). The kernel is asked at every call, so that a key that was revoked, has expired or
/// was replaced wraps and unwraps nothing any more; what is kept is a cipher context.
/// </summary>
/// <param name="uri">The URI.</param>
/// <param name="description">What the kernel calls the key.</param>
/// <param name="cipher">Whose AES-256-GCM it wraps with.</param>
[SupportedOSPlatform("linux")]
internal sealed class KeyringKeyEncryptionKey(string uri, string description, AeadProvider cipher) : IKeyEncryptionKey, IDisposable
{
    private readonly Lock _gate = new();
    private LocalKek? _opened;
    private KeyId _id;
    private bool _disposed;

    public string Id => uri;

    public KekCapabilities Capabilities => KekCapabilities.Volatile;

    public int? SecurityStrength => 256;

    public ValueTask<WrappedKey> WrapAsync(ReadOnlyMemory<byte> key, WrapContext context, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(Current().Wrap(key.Span, context));
    }

    public ValueTask<int> UnwrapAsync(WrappedKey wrapped, WrapContext context, Memory<byte> destination, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(Current().Unwrap(wrapped, context, destination.Span));
    }

    public ValueTask<WrappedKey> RewrapAsync(WrappedKey wrapped, WrapContext context, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(Current().Rewrap(wrapped, context));
    }

    public ValueTask CheckAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Current();
        return ValueTask.CompletedTask;
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            Forget();
        }
    }

    private LocalKek Current()
    {
        Span<byte> key = stackalloc byte[LocalWrap.KeySize];
        lock (_gate)
        {
            try
            {
                Read(key);
                return Open(key);
            }
            catch
            {
                Forget();
                throw;
            }
            finally
            {
                CryptographicOperations.ZeroMemory(key);
            }
        }
    }

    private void Read(Span<byte> key)
    {
        if (_disposed)
        {
            throw new KekException(KekFailure.Unavailable, "The KEK was closed together with the ColumnCrypt instance that it belongs to.");
        }

        int size = LinuxKeyring.Read(description, key);
        if (size != key.Length)
        {
            throw new KekException(KekFailure.Denied, $"The key '{description}' of the kernel's keyring has {size} bytes; a KEK has {key.Length}. Make it anew, under another name.");
        }
    }

    // The id of a KEK is the key id of its bytes, as of any key (SPEC-KEY-1).
    private LocalKek Open(ReadOnlySpan<byte> key)
    {
        var id = new KeyId(Kdf.Commitment(key).AsSpan(0, KeyId.Size));
        if (_opened is not null && id == _id)
        {
            return _opened;
        }

        Forget();
        _id = id;
        return _opened = new LocalKek(id, key, cipher);
    }

    private void Forget()
    {
        _opened?.Dispose();
        _opened = null;
    }
}
