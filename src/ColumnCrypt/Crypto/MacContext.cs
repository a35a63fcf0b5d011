namespace ColumnCrypt.Crypto;

/// <summary>
/// HMAC-SHA-256 (FIPS 198-1) under one key, whole messages at once. Not thread-safe: whoever uses one has it for himself. Nobody disposes it
/// meanwhile.
/// </summary>
internal abstract class MacContext : IDisposable
{
    /// <summary>The size of a whole MAC: 32 bytes.</summary>
    public const int Size = 32;

    /// <summary>The MAC of a message. Nothing of the message is kept.</summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">The platform failed. The context is not to be used again.</exception>
    public abstract void Compute(ReadOnlySpan<byte> message, Span<byte> mac);

    public abstract void Dispose();
}
