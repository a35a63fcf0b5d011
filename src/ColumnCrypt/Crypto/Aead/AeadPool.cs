using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace ColumnCrypt.Crypto.Aead;

/// <summary>
/// AES-256-GCM under one subkey. Thread-safe, although an <see cref="AeadContext"/> is not: each call leases one for itself. One
/// that has failed is not leased again.
/// </summary>
/// <param name="purpose">The purpose that the subkey is of.</param>
/// <param name="deriveSubkey">Derives the subkey into its argument; throws once the key behind it is gone.</param>
/// <param name="contexts">Makes the contexts, and bounds how many there are.</param>
internal sealed class AeadPool(string purpose, AeadPool.SubkeyDerivation deriveSubkey, AeadContexts contexts)
{
    private static readonly int s_maxIdle = Environment.ProcessorCount * 2;
    private readonly ConcurrentQueue<AeadContext> _more = new();
    private LinkedListNode<AeadPool>? _place;
    private AeadContext? _first;
    private int _idle;
    private bool _used;
    private volatile bool _closed;

    public delegate void SubkeyDerivation(string purpose, Span<byte> subkey);

    public string Purpose => purpose;

    public bool IsClosed => _closed;

    /// <summary>Where the pool stands among those that have contexts; guarded by <see cref="AeadContexts"/>.</summary>
    public LinkedListNode<AeadPool> Place => _place ?? Interlocked.CompareExchange(ref _place, new LinkedListNode<AeadPool>(this), null) ?? _place;

    /// <inheritdoc cref="AeadContext.Encrypt(ReadOnlySpan{byte}, ReadOnlySpan{byte}, Span{byte}, Span{byte}, ReadOnlySpan{byte})"/>
    public void Encrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext, Span<byte> ciphertext, Span<byte> tag)
    {
        var context = Rent();
        bool sound = false;
        try
        {
            context.Encrypt(nonce, plaintext, ciphertext, tag);
            sound = true;
        }
        finally
        {
            GiveBack(context, sound);
        }
    }

    /// <inheritdoc cref="AeadContext.TryDecrypt"/>
    public bool TryDecrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> ciphertext, ReadOnlySpan<byte> tag, Span<byte> plaintext)
    {
        var context = Rent();
        bool sound = false;
        try
        {
            bool authentic = context.TryDecrypt(nonce, ciphertext, tag, plaintext);
            sound = true;
            return authentic;
        }
        finally
        {
            GiveBack(context, sound);
        }
    }

    /// <summary>Whether a context was used again since this was last asked.</summary>
    public bool TakeUsed()
    {
        bool used = _used;
        _used = false;
        return used;
    }

    /// <summary>Ends the pool: idle contexts go now, leased ones when they come back.</summary>
    public void Close()
    {
        _closed = true;
        Drain();
        contexts.Forget(this);
    }

    /// <summary>Closes the idle contexts.</summary>
    public void Drain()
    {
        if (Interlocked.Exchange(ref _first, null) is { } first)
        {
            contexts.Close(first);
        }

        while (_more.TryDequeue(out var context))
        {
            Interlocked.Decrement(ref _idle);
            contexts.Close(context);
        }
    }

    private AeadContext Rent()
    {
        var context = Interlocked.Exchange(ref _first, null);
        if (context is null)
        {
            if (!_more.TryDequeue(out context))
            {
                return Open();
            }

            Interlocked.Decrement(ref _idle);
        }

        if (!_used)
        {
            _used = true;
        }

        return context;
    }

    private AeadContext Open()
    {
        Span<byte> subkey = stackalloc byte[Kdf.Size];
        try
        {
            deriveSubkey(purpose, subkey);
            return contexts.Open(this, subkey);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(subkey);
        }
    }

    private void GiveBack(AeadContext context, bool sound)
    {
        if (!sound)
        {
            contexts.Close(context);
        }
        else if (Interlocked.CompareExchange(ref _first, context, null) is not null)
        {
            Keep(context);
        }

        if (_closed)
        {
            Drain();
        }
    }

    private void Keep(AeadContext context)
    {
        if (Interlocked.Increment(ref _idle) > s_maxIdle)
        {
            Interlocked.Decrement(ref _idle);
            contexts.Close(context);
        }
        else
        {
            _more.Enqueue(context);
        }
    }
}
