using System.Security.Cryptography;
using ColumnCrypt.Crypto;
using ColumnCrypt.Crypto.Aead;

namespace ColumnCrypt.Kek.Tests;

/// <summary>Another provider, whose open contexts are counted, and one of whose encryptions fails. Thread-safe.</summary>
internal sealed class CountingAead(AeadProvider inner) : AeadProvider
{
    private int _live;
    private int _calls;

    public override string Name => inner.Name;

    /// <summary>The contexts that are open.</summary>
    public int Live => Volatile.Read(ref _live);

    /// <summary>Which encryption fails, counted from 1; 0 for none.</summary>
    public int FailsAt { get; init; }

    public override AeadContext Open(ReadOnlySpan<byte> key)
    {
        Interlocked.Increment(ref _live);
        return new Context(this, inner.Open(key));
    }

    public override MacContext OpenMac(ReadOnlySpan<byte> key) => inner.OpenMac(key);

    private sealed class Context(CountingAead counter, AeadContext context) : AeadContext
    {
        public override void Encrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext, Span<byte> ciphertext, Span<byte> tag, ReadOnlySpan<byte> associated = default)
        {
            if (Interlocked.Increment(ref counter._calls) == counter.FailsAt)
            {
                throw new CryptographicException("It was told to fail.");
            }

            context.Encrypt(nonce, plaintext, ciphertext, tag, associated);
        }

        public override bool TryDecrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> ciphertext, ReadOnlySpan<byte> tag, Span<byte> plaintext, ReadOnlySpan<byte> associated = default) =>
            context.TryDecrypt(nonce, ciphertext, tag, plaintext, associated);

        public override void Dispose()
        {
            context.Dispose();
            Interlocked.Decrement(ref counter._live);
        }
    }
}
