using Microsoft.Win32.SafeHandles;

namespace ColumnCrypt.Crypto.Aead;

/// <summary>Owns one EVP_CIPHER_CTX; OpenSSL clears the key schedule when it is freed.</summary>
internal sealed class CipherContextHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    private readonly Libcrypto _library;

    public CipherContextHandle(Libcrypto library, nint context)
        : base(ownsHandle: true)
    {
        _library = library;
        SetHandle(context);
    }

    protected override bool ReleaseHandle()
    {
        _library.FreeContext(handle);
        return true;
    }
}
