using System.Security.Cryptography;

namespace ColumnCrypt.Crypto.Aead;

/// <summary>
/// A context over one EVP_CIPHER_CTX: the key is set once, for each value the nonce alone. OpenSSL refuses a second text under one
/// nonce without a new one. Not thread-safe.
/// </summary>
internal sealed unsafe class LibcryptoAeadContext : AeadContext
{
    // Up to here a call takes well below a microsecond, so that a collection may wait for it.
    private const int ShortText = 1024;

    private readonly Libcrypto _library;
    private readonly CipherContextHandle _handle;

    public LibcryptoAeadContext(Libcrypto library, ReadOnlySpan<byte> key)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, Libcrypto.KeySize);
        _library = library;
        _handle = library.NewContext(key);
    }

    public override void Encrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext, Span<byte> ciphertext, Span<byte> tag, ReadOnlySpan<byte> associated = default)
    {
        Check(nonce, tag);
        ArgumentOutOfRangeException.ThrowIfNotEqual(ciphertext.Length, plaintext.Length);
        bool done;
        fixed (byte* nonceStart = nonce)
        fixed (byte* plaintextStart = plaintext)
        fixed (byte* ciphertextStart = ciphertext)
        fixed (byte* tagStart = tag)
        fixed (byte* associatedStart = associated)
        {
            nint context = Address;
            done = _library.Begin(context, nonceStart, encrypt: true)
                && Authenticate(context, associatedStart, associated.Length)
                && Update(context, plaintextStart, ciphertextStart, plaintext.Length)
                && _library.Finish(context)
                && _library.GetTag(context, tagStart);
        }

        GC.KeepAlive(this);
        if (!done)
        {
            CryptographicOperations.ZeroMemory(ciphertext);
            throw _library.Failed();
        }
    }

    public override bool TryDecrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> ciphertext, ReadOnlySpan<byte> tag, Span<byte> plaintext, ReadOnlySpan<byte> associated = default)
    {
        Check(nonce, tag);
        ArgumentOutOfRangeException.ThrowIfNotEqual(plaintext.Length, ciphertext.Length);
        bool ready;
        bool authentic = false;
        fixed (byte* nonceStart = nonce)
        fixed (byte* ciphertextStart = ciphertext)
        fixed (byte* plaintextStart = plaintext)
        fixed (byte* tagStart = tag)
        fixed (byte* associatedStart = associated)
        {
            nint context = Address;
            ready = _library.Begin(context, nonceStart, encrypt: false)
                && Authenticate(context, associatedStart, associated.Length)
                && _library.SetTag(context, tagStart)
                && Update(context, ciphertextStart, plaintextStart, ciphertext.Length);
            authentic = ready && _library.Finish(context);
        }

        GC.KeepAlive(this);
        if (authentic)
        {
            return true;
        }

        CryptographicOperations.ZeroMemory(plaintext);
        if (!ready)
        {
            throw _library.Failed();
        }

        _library.ClearErrors();
        return false;
    }

    public override void Dispose() => _handle.Dispose();

    // Without DangerousAddRef: an exclusive lease is what keeps the handle open, and KeepAlive what keeps it from the finalizer.
    private nint Address
    {
        get
        {
            ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
            return _handle.DangerousGetHandle();
        }
    }

    // OpenSSL takes a null text for the end of the message, and an empty span has a null address.
    private bool Update(nint context, byte* source, byte* destination, int length) =>
        length == 0
        || (length <= ShortText ? _library.UpdateShort(context, source, destination, length) : _library.Update(context, source, destination, length));

    private bool Authenticate(nint context, byte* associated, int length) => length == 0 || _library.Authenticate(context, associated, length);

    private static void Check(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> tag)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(nonce.Length, NonceSize);
        ArgumentOutOfRangeException.ThrowIfNotEqual(tag.Length, TagSize);
    }
}
