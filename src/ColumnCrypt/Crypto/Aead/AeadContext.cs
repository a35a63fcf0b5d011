namespace ColumnCrypt.Crypto.Aead;

/// <summary>
/// AES-256-GCM (NIST SP 800-38D) under one key: nonces of 12 bytes, tags of exactly 16, texts up to 64 MiB. Values have no associated
/// data, wraps of keys do. Not thread-safe: whoever uses one has it for himself. Nobody disposes it meanwhile.
/// </summary>
internal abstract class AeadContext : IDisposable
{
    /// <summary>The size of a nonce: 12 bytes.</summary>
    public const int NonceSize = 12;

    /// <summary>The size of a tag: 16 bytes.</summary>
    public const int TagSize = 16;

    /// <summary>Encrypts, either in place (both texts the very same memory) or from one place to another.</summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">The platform failed. The context is not to be used again.</exception>
    public abstract void Encrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext, Span<byte> ciphertext, Span<byte> tag, ReadOnlySpan<byte> associated = default);

    /// <summary>Encrypts in place.</summary>
    /// <inheritdoc cref="Encrypt(ReadOnlySpan{byte}, ReadOnlySpan{byte}, Span{byte}, Span{byte}, ReadOnlySpan{byte})" path="/exception"/>
    public void Encrypt(ReadOnlySpan<byte> nonce, Span<byte> text, Span<byte> tag) => Encrypt(nonce, text, text, tag);

    /// <summary>Decrypts; false, with <paramref name="plaintext"/> cleared, where the tag does not match text and associated data.</summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">The platform failed. The context is not to be used again.</exception>
    public abstract bool TryDecrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> ciphertext, ReadOnlySpan<byte> tag, Span<byte> plaintext, ReadOnlySpan<byte> associated = default);

    public abstract void Dispose();
}
