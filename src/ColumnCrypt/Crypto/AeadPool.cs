using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace ColumnCrypt.Crypto;

/// <summary>
/// AES-256-GCM (NIST SP 800-38D) under one subkey: 96-bit nonce, 128-bit tag, no AAD. Thread-safe, although
/// <see cref="AesGcm"/> is not: each call leases an instance for itself.
/// </summary>
/// <param name="deriveSubkey">Derives the subkey into its argument; throws once the key behind it is gone.</param>
internal sealed class AeadPool(AeadPool.SubkeyDerivation deriveSubkey)
{
    /// <summary>The size of a tag: 16 bytes.</summary>
    public const int TagSize = 16;

    private static readonly int s_maxIdle = Environment.ProcessorCount * 2;
    private readonly ConcurrentQueue<AesGcm> _more = new();
    private AesGcm? _first;
    private int _idle;
    private volatile bool _closed;

    public delegate void SubkeyDerivation(Span<byte> subkey);

    /// <summary>Encrypts in place.</summary>
    public void Encrypt(ReadOnlySpan<byte> nonce, Span<byte> text, Span<byte> tag)
    {
        var gcm = Rent();
        try
        {
            gcm.Encrypt(nonce, text, text, tag);
        }
        finally
        {
            Return(gcm);
        }
    }

    /// <summary>Decrypts; false, with <paramref name="plaintext"/> cleared, where the tag does not match.</summary>
    public bool TryDecrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> ciphertext, ReadOnlySpan<byte> tag, Span<byte> plaintext)
    {
        var gcm = Rent();
        try
        {
            gcm.Decrypt(nonce, ciphertext, tag, plaintext);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            CryptographicOperations.ZeroMemory(plaintext);
            return false;
        }
        finally
        {
            Return(gcm);
        }
    }

    /// <summary>Ends the pool: idle instances go now, leased ones when they come back.</summary>
    public void Close()
    {
        _closed = true;
        Drain();
    }

    private AesGcm Rent()
    {
        var gcm = Interlocked.Exchange(ref _first, null);
        if (gcm is not null)
        {
            return gcm;
        }

        if (_more.TryDequeue(out gcm))
        {
            Interlocked.Decrement(ref _idle);
            return gcm;
        }

        Span<byte> subkey = stackalloc byte[Kdf.Size];
        try
        {
            deriveSubkey(subkey);
            return new AesGcm(subkey, TagSize);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(subkey);
        }
    }

    private void Return(AesGcm gcm)
    {
        if (Interlocked.CompareExchange(ref _first, gcm, null) is not null)
        {
            if (Interlocked.Increment(ref _idle) > s_maxIdle)
            {
                Interlocked.Decrement(ref _idle);
                gcm.Dispose();
            }
            else
            {
                _more.Enqueue(gcm);
            }
        }

        if (_closed)
        {
            Drain();
        }
    }

    private void Drain()
    {
        Interlocked.Exchange(ref _first, null)?.Dispose();
        while (_more.TryDequeue(out var gcm))
        {
            Interlocked.Decrement(ref _idle);
            gcm.Dispose();
        }
    }
}
