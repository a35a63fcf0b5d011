using Microsoft.Win32.SafeHandles;

namespace ColumnCrypt.Crypto.Aead;

/// <summary>Owns one EVP_MAC_CTX; OpenSSL clears what is of the key when it is freed.</summary>
internal sealed class MacContextHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    private readonly LibcryptoMac _library;

    public MacContextHandle(LibcryptoMac library, nint context)
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
