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
    private const int KeptMilliseconds = 100;

    // The system's clock of coarse milliseconds costs a quarter of the fine one, and is at most 10 ms behind.
    private const int KeptCoarseMilliseconds = KeptMilliseconds - 10;
    private readonly bool _coarse = ReferenceEquals(time, TimeProvider.System) && OperatingSystem.IsLinux();
    private readonly long _kept = time.TimestampFrequency * KeptMilliseconds / 1_000;
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
        long now = _coarse ? Environment.TickCount64 : time.GetTimestamp();
        if (buffer.Next == Buffered * Size || now - buffer.FilledAt > (_coarse ? KeptCoarseMilliseconds : _kept))
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
