using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace ColumnCrypt.Crypto.Aead;

/// <summary>
/// The functions of OpenSSL 3's libcrypto that AES-256-GCM takes (EVP_EncryptInit(3), OSSL_PARAM(3)). Thread-safe; a context is not.
/// The library stays loaded, and the fetched cipher is kept, for the life of the process.
/// </summary>
/// <remarks>
/// Calls of well below a microsecond that neither wait nor call back are made without the transition that lets the garbage collector
/// run meanwhile; that is a twentieth of a short value. Making, keying and freeing a context, and long texts, take the transition.
/// </remarks>
internal sealed unsafe class Libcrypto
{
    /// <summary>The size of a key: 32 bytes.</summary>
    public const int KeySize = 32;

    private readonly nint _cipher;
    private readonly delegate* unmanaged[Cdecl]<nint> _newContext;
    private readonly delegate* unmanaged[Cdecl]<nint, void> _freeContext;
    private readonly delegate* unmanaged[Cdecl]<void> _clearErrors;
    private readonly delegate* unmanaged[Cdecl]<nint, nint, nint, byte*, byte*, int, int> _initialise;
    private readonly delegate* unmanaged[Cdecl, SuppressGCTransition]<nint, nint, nint, byte*, byte*, int, int> _begin;
    private readonly delegate* unmanaged[Cdecl]<nint, byte*, int*, byte*, int, int> _update;
    private readonly delegate* unmanaged[Cdecl, SuppressGCTransition]<nint, byte*, int*, byte*, int, int> _updateShort;
    private readonly delegate* unmanaged[Cdecl, SuppressGCTransition]<nint, byte*, int*, int> _finish;
    private readonly delegate* unmanaged[Cdecl, SuppressGCTransition]<nint, CipherParameter*, int> _getParameters;
    private readonly delegate* unmanaged[Cdecl, SuppressGCTransition]<nint, CipherParameter*, int> _setParameters;
    private readonly byte* _tagName = (byte*)NativeMemory.AllocZeroed(4);
    private int _live;

    /// <param name="export">Gives the address of a function by its name.</param>
    /// <exception cref="EntryPointNotFoundException">The library lacks a function.</exception>
    /// <exception cref="CryptographicException">The library does not offer AES-256-GCM.</exception>
    public Libcrypto(Func<string, nint> export)
    {
        _newContext = (delegate* unmanaged[Cdecl]<nint>)export("EVP_CIPHER_CTX_new");
        _freeContext = (delegate* unmanaged[Cdecl]<nint, void>)export("EVP_CIPHER_CTX_free");
        _clearErrors = (delegate* unmanaged[Cdecl]<void>)export("ERR_clear_error");
        _initialise = (delegate* unmanaged[Cdecl]<nint, nint, nint, byte*, byte*, int, int>)export("EVP_CipherInit_ex");
        _begin = (delegate* unmanaged[Cdecl, SuppressGCTransition]<nint, nint, nint, byte*, byte*, int, int>)_initialise;
        _update = (delegate* unmanaged[Cdecl]<nint, byte*, int*, byte*, int, int>)export("EVP_CipherUpdate");
        _updateShort = (delegate* unmanaged[Cdecl, SuppressGCTransition]<nint, byte*, int*, byte*, int, int>)_update;
        _finish = (delegate* unmanaged[Cdecl, SuppressGCTransition]<nint, byte*, int*, int>)export("EVP_CipherFinal_ex");
        _getParameters = (delegate* unmanaged[Cdecl, SuppressGCTransition]<nint, CipherParameter*, int>)export("EVP_CIPHER_CTX_get_params");
        _setParameters = (delegate* unmanaged[Cdecl, SuppressGCTransition]<nint, CipherParameter*, int>)export("EVP_CIPHER_CTX_set_params");
        "tag"u8.CopyTo(new Span<byte>(_tagName, 3));

        var fetch = (delegate* unmanaged[Cdecl]<nint, byte*, byte*, nint>)export("EVP_CIPHER_fetch");
        fixed (byte* name = "AES-256-GCM\0"u8)
        {
            _cipher = fetch(0, name, null);
        }

        if (_cipher == 0)
        {
            throw Failed();
        }
    }

    /// <summary>The contexts made and not yet freed.</summary>
    public int LiveContexts => Volatile.Read(ref _live);

    /// <summary>A context under a key.</summary>
    public CipherContextHandle NewContext(ReadOnlySpan<byte> key)
    {
        nint address = _newContext();
        if (address == 0)
        {
            throw Failed();
        }

        Interlocked.Increment(ref _live);
        var context = new CipherContextHandle(this, address);
        fixed (byte* keyStart = key)
        {
            if (_initialise(address, _cipher, 0, keyStart, null, 1) == 1)
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

    /// <summary>Starts a text of either direction under a nonce of 12 bytes.</summary>
    public bool Begin(nint context, byte* nonce, bool encrypt) => _begin(context, 0, 0, null, nonce, encrypt ? 1 : 0) == 1;

    /// <summary>Takes associated data, in one go, before the text.</summary>
    public bool Authenticate(nint context, byte* associated, int length)
    {
        int taken;
        return _update(context, null, &taken, associated, length) == 1 && taken == length;
    }

    /// <summary>Puts a text through, in one go.</summary>
    public bool Update(nint context, byte* source, byte* destination, int length)
    {
        int written;
        return _update(context, destination, &written, source, length) == 1 && written == length;
    }

    /// <inheritdoc cref="Update"/>
    public bool UpdateShort(nint context, byte* source, byte* destination, int length)
    {
        int written;
        return _updateShort(context, destination, &written, source, length) == 1 && written == length;
    }

    /// <summary>Ends a text; where it was decrypted, true only if the tag matches.</summary>
    public bool Finish(nint context)
    {
        int written;
        byte rest;
        return _finish(context, &rest, &written) == 1 && written == 0;
    }

    public bool GetTag(nint context, byte* tag)
    {
        var parameters = stackalloc CipherParameter[2];
        parameters[0] = CipherParameter.Octets(_tagName, tag, AeadContext.TagSize);
        parameters[1] = default;
        return _getParameters(context, parameters) == 1 && parameters[0].Returned == AeadContext.TagSize;
    }

    public bool SetTag(nint context, byte* tag)
    {
        var parameters = stackalloc CipherParameter[2];
        parameters[0] = CipherParameter.Octets(_tagName, tag, AeadContext.TagSize);
        parameters[1] = default;
        return _setParameters(context, parameters) == 1;
    }

    /// <summary>Empties this thread's queue of errors: a later caller of OpenSSL would take them for his own.</summary>
    public void ClearErrors() => _clearErrors();

    /// <summary>The error of a call that should not fail, the queue emptied.</summary>
    public CryptographicException Failed()
    {
        ClearErrors();
        return new CryptographicException("OpenSSL failed where it should not. Set COLUMNCRYPT_AEAD=portable, and report it.");
    }
}
