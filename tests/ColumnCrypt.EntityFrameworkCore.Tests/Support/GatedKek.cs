using System.Security.Cryptography;
using ColumnCrypt.Kek;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Support;

/// <summary>A KEK backend that counts its calls and can be held up. AES-GCM under a random key, the wrap context as AAD.</summary>
public sealed class GatedKek : IKekProvider, IKeyEncryptionKey
{
    public const string Uri = "gated:kek";

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private int _calls;

    public string Scheme => "gated";

    public string Id => Uri;

    public KekCapabilities Capabilities => KekCapabilities.None;

    /// <summary>How many keys were wrapped or unwrapped.</summary>
    public int Calls => _calls;

    /// <summary>What every call waits for.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    public IKeyEncryptionKey Open(string uri, KekOptions options) => this;

    public async ValueTask<WrappedKey> WrapAsync(ReadOnlyMemory<byte> key, WrapContext context, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _calls);
        await Gate.WaitAsync(cancellationToken);
        var wrapped = new byte[28 + key.Length];
        RandomNumberGenerator.Fill(wrapped.AsSpan(0, 12));
        using var gcm = new AesGcm(_key, 16);
        gcm.Encrypt(wrapped.AsSpan(0, 12), key.Span, wrapped.AsSpan(28), wrapped.AsSpan(12, 16), context.Encode());
        return new WrappedKey("", wrapped);
    }

    public async ValueTask<int> UnwrapAsync(WrappedKey wrapped, WrapContext context, Memory<byte> destination, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _calls);
        await Gate.WaitAsync(cancellationToken);
        var bytes = wrapped.Bytes.Span;
        using var gcm = new AesGcm(_key, 16);
        gcm.Decrypt(bytes[..12], bytes[28..], bytes[12..28], destination.Span[..(bytes.Length - 28)], context.Encode());
        return bytes.Length - 28;
    }

    public ValueTask<WrappedKey> RewrapAsync(WrappedKey wrapped, WrapContext context, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask CheckAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;
}
