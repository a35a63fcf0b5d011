using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace ColumnCrypt.Crypto.Aead;

/// <summary>
/// The functions of OpenSSL 3's libcrypto that HMAC-SHA-256 takes (EVP_MAC(3), EVP_MAC-HMAC(7)). Thread-safe; a context is not. The fetched
/// algorithm is kept for the life of the process.
/// </summary>
internal sealed unsafe class LibcryptoMac
{
    private readonly Libcrypto _library;
    private readonly nint _hmac;
    private readonly delegate* unmanaged[Cdecl]<nint, nint> _newContext;
    private readonly delegate* unmanaged[Cdecl]<nint, void> _freeContext;
    private readonly delegate* unmanaged[Cdecl]<nint, byte*, nuint, CipherParameter*, int> _initialise;
    private readonly delegate* unmanaged[Cdecl]<nint, byte*, nuint, int> _update;
    private readonly delegate* unmanaged[Cdecl]<nint, byte*, nuint*, nuint, int> _finish;
    private int _live;

    /// <param name="library">The same library's other functions.</param>
    /// <param name="export">Finds a function by its name.</param>
    /// <exception cref="EntryPointNotFoundException">The library lacks a function.</exception>
    /// <exception cref="CryptographicException">The library does not offer HMAC.</exception>
    public LibcryptoMac(Libcrypto library, Func<string, nint> export)
    {
        _library = library;
        _newContext = (delegate* unmanaged[Cdecl]<nint, nint>)export("EVP_MAC_CTX_new");
        _freeContext = (delegate* unmanaged[Cdecl]<nint, void>)export("EVP_MAC_CTX_free");
        _initialise = (delegate* unmanaged[Cdecl]<nint, byte*, nuint, CipherParameter*, int>)export("EVP_MAC_init");
        _update = (delegate* unmanaged[Cdecl]<nint, byte*, nuint, int>)export("EVP_MAC_update");
        _finish = (delegate* unmanaged[Cdecl]<nint, byte*, nuint*, nuint, int>)export("EVP_MAC_final");
        var fetch = (delegate* unmanaged[Cdecl]<nint, byte*, byte*, nint>)export("EVP_MAC_fetch");
        fixed (byte* name = "HMAC\0"u8)
        {
            _hmac = fetch(0, name, null);
        }

        if (_hmac == 0)
        {
            throw library.Failed();
        }
    }

    /// <summary>The contexts made and not yet freed.</summary>
    public int LiveContexts => Volatile.Read(ref _live);

    /// <summary>A context under a key, ready for a message.</summary>
    public MacContextHandle NewContext(ReadOnlySpan<byte> key)
    {
        nint address = _newContext(_hmac);
        if (address == 0)
        {
            throw Failed();
        }

        Interlocked.Increment(ref _live);
        var context = new MacContextHandle(this, address);
        fixed (byte* name = "digest\0"u8)
        fixed (byte* digest = "SHA2-256\0"u8)
        fixed (byte* keyStart = key)
        {
            var parameters = stackalloc CipherParameter[2];
            parameters[0] = CipherParameter.Text(name, digest, "SHA2-256"u8.Length);
            parameters[1] = default;
            if (_initialise(address, keyStart, (nuint)key.Length, parameters) == 1)
            {
                return context;
            }
        }

        context.Dispose();
        throw Failed();
    }

    public void FreeContext(nint context)
    {
        _freeContext(context);
        Interlocked.Decrement(ref _live);
    }

    /// <summary>The MAC of a message; then ready for another one under the same key.</summary>
    public bool Compute(nint context, byte* message, int length, byte* mac)
    {
        nuint written;
        return (length == 0 || _update(context, message, (nuint)length) == 1)
            && _finish(context, mac, &written, MacContext.Size) == 1
            && written == MacContext.Size
            && _initialise(context, null, 0, null) == 1;
    }

    /// <inheritdoc cref="Libcrypto.Failed"/>
    public CryptographicException Failed() => _library.Failed();
}
