using System.Security.Cryptography;

namespace ColumnCrypt.Crypto.Aead;

/// <summary>A context over one EVP_MAC_CTX: the key is set once; after each message it is as it was before. Not thread-safe.</summary>
internal sealed unsafe class LibcryptoMacContext(LibcryptoMac library, ReadOnlySpan<byte> key) : MacContext
{
    private readonly MacContextHandle _handle = library.NewContext(key);

    public override void Compute(ReadOnlySpan<byte> message, Span<byte> mac)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(mac.Length, Size);
        ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
        bool done;
        fixed (byte* messageStart = message)
        fixed (byte* macStart = mac)
        {
            // Without DangerousAddRef: an exclusive lease is what keeps the handle open, and KeepAlive what keeps it from the finalizer.
            done = library.Compute(_handle.DangerousGetHandle(), messageStart, message.Length, macStart);
        }

        GC.KeepAlive(this);
        if (!done)
        {
            CryptographicOperations.ZeroMemory(mac);
            throw library.Failed();
        }
    }

    public override void Dispose() => _handle.Dispose();
}
