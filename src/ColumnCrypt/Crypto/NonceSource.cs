using System.Security.Cryptography;

namespace ColumnCrypt.Crypto;

/// <summary>
/// 96-bit random nonces for values (NIST SP 800-38D, section 8.2.2): at most 32 of them are fetched ahead per thread, and what
/// is left after 100 ms is dropped, so that a snapshot of the process repeats few, and only for a moment. Thread-safe.
/// </summary>
internal sealed class NonceSource(TimeProvider time, NonceSource.Generator generate)
{
    /// <summary>The size of a nonce: 12 bytes.</summary>
    public const int Size = 12;

    private const int Buffered = 32;
    private static readonly TimeSpan s_keep = TimeSpan.FromMilliseconds(100);
    private readonly long _keepTicks = (long)(s_keep.TotalSeconds * time.TimestampFrequency);
    private readonly ThreadLocal<Buffer> _buffers = new(static () => new Buffer());

    public NonceSource(TimeProvider time)
        : this(time, SystemRandom.Fill)
    {
    }

    /// <summary>Fills its argument with random bytes.</summary>
    public delegate void Generator(Span<byte> bytes);

    public void Next(Span<byte> nonce)
    {
        var buffer = _buffers.Value!;
        long now = time.GetTimestamp();
        if (buffer.Next == Buffered * Size || now - buffer.FilledAt > _keepTicks)
        {
            generate(buffer.Bytes);
            buffer.Next = 0;
            buffer.FilledAt = now;
        }

        var bytes = buffer.Bytes.AsSpan(buffer.Next, Size);
        bytes.CopyTo(nonce);
        CryptographicOperations.ZeroMemory(bytes);
        buffer.Next += Size;
    }

    private sealed class Buffer
    {
        public readonly byte[] Bytes = new byte[Buffered * Size];
        public int Next = Buffered * Size;
        public long FilledAt;
    }
}
