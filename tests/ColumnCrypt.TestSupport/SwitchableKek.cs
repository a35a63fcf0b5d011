using System.Security.Cryptography;
using ColumnCrypt.Kek;

namespace ColumnCrypt.TestSupport;

/// <summary>
/// A KEK that a test switches: it answers, is unavailable, denies, hangs. Counts its calls. Wraps with AES-256-GCM, the wrap
/// context as AAD. Thread-safe.
/// </summary>
/// <param name="uri">Its URI, of the scheme <c>test</c>.</param>
public sealed class SwitchableKek(string uri = "test:kek") : IKekProvider, IKeyEncryptionKey
{
    private byte[] _kek = RandomNumberGenerator.GetBytes(32);
    private int _wraps;
    private int _unwraps;
    private int _checks;
    private int _running;
    private int _mostRunning;

    /// <summary>How a call fails; null while the KEK answers.</summary>
    public KekFailure? Failure { get; set; }

    /// <summary>While set, a call waits for it, or for its cancellation.</summary>
    public TaskCompletionSource? Gate { get; set; }

    /// <summary>Every call ends with this, which is no error that the contract knows; null for none.</summary>
    public Exception? Fault { get; set; }

    public int Wraps => Volatile.Read(ref _wraps);

    public int Unwraps => Volatile.Read(ref _unwraps);

    public int Checks => Volatile.Read(ref _checks);

    public int MostRunning => Volatile.Read(ref _mostRunning);

    public string Scheme => "test";

    public string Id => uri;

    public KekCapabilities Capabilities { get; set; }

    /// <summary>The same key with switches and counts of its own: as another node sees it.</summary>
    public SwitchableKek Twin() => new(uri) { _kek = _kek };

    public IKeyEncryptionKey Open(string uri, KekOptions options) => this;

    public async ValueTask<WrappedKey> WrapAsync(ReadOnlyMemory<byte> key, WrapContext context, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _wraps);
        await AnswerAsync(cancellationToken);
        byte[] wrapped = new byte[12 + key.Length + 16];
        RandomNumberGenerator.Fill(wrapped.AsSpan(0, 12));
        using var gcm = new AesGcm(_kek, 16);
        gcm.Encrypt(wrapped.AsSpan(0, 12), key.Span, wrapped.AsSpan(12, key.Length), wrapped.AsSpan(12 + key.Length), context.Encode());
        return new WrappedKey("", wrapped);
    }

    public async ValueTask<int> UnwrapAsync(WrappedKey wrapped, WrapContext context, Memory<byte> destination, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _unwraps);
        await AnswerAsync(cancellationToken);
        var bytes = wrapped.Bytes.Span;
        if (bytes.Length < 28 || bytes.Length - 28 > destination.Length || wrapped.KekVersion.Length > 0)
        {
            throw new KekException(KekFailure.WrongContextOrTampered, "Not a wrap of this KEK.");
        }

        int size = bytes.Length - 28;
        try
        {
            using var gcm = new AesGcm(_kek, 16);
            gcm.Decrypt(bytes[..12], bytes.Slice(12, size), bytes[(12 + size)..], destination.Span[..size], context.Encode());
            return size;
        }
        catch (AuthenticationTagMismatchException error)
        {
            throw new KekException(KekFailure.WrongContextOrTampered, "The tag does not match.", error);
        }
    }

    public async ValueTask<WrappedKey> RewrapAsync(WrappedKey wrapped, WrapContext context, CancellationToken cancellationToken)
    {
        byte[] key = new byte[64];
        int size = await UnwrapAsync(wrapped, context, key, cancellationToken);
        return await WrapAsync(key.AsMemory(0, size), context, cancellationToken);
    }

    public async ValueTask CheckAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _checks);
        await AnswerAsync(cancellationToken);
    }

    private async Task AnswerAsync(CancellationToken cancellationToken)
    {
        int running = Interlocked.Increment(ref _running);
        int most;
        while (running > (most = MostRunning) && Interlocked.CompareExchange(ref _mostRunning, running, most) != most)
        {
        }

        try
        {
            await Task.Yield();
            if (Gate is { } gate)
            {
                await gate.Task.WaitAsync(cancellationToken);
            }

            if (Fault is { } fault)
            {
                throw fault;
            }

            if (Failure is { } failure)
            {
                throw new KekException(failure, "Switched by the test.");
            }
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }
}
