using System.Security.Cryptography;

namespace ColumnCrypt.Crypto.Aead;

/// <summary>A context over one <see cref="AesGcm"/>. Not thread-safe, as that is not.</summary>
internal sealed class PortableAeadContext(ReadOnlySpan<byte> key) : AeadContext
{
    private readonly AesGcm _gcm = new(key, TagSize);

    public override void Encrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext, Span<byte> ciphertext, Span<byte> tag, ReadOnlySpan<byte> associated = default) =>
        _gcm.Encrypt(nonce, plaintext, ciphertext, tag, associated);

    public override bool TryDecrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> ciphertext, ReadOnlySpan<byte> tag, Span<byte> plaintext, ReadOnlySpan<byte> associated = default)
    {
        try
        {
            _gcm.Decrypt(nonce, ciphertext, tag, plaintext, associated);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            CryptographicOperations.ZeroMemory(plaintext);
            return false;
        }
    }

    public override void Dispose() => _gcm.Dispose();
}
