using System.Runtime.InteropServices;

namespace ColumnCrypt.Crypto.Aead;

/// <summary>OSSL_PARAM(3) of OpenSSL 3: a parameter by its name. All zero ends a list of them.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct CipherParameter
{
    private const uint Utf8String = 4; // OSSL_PARAM_UTF8_STRING
    private const uint OctetString = 5; // OSSL_PARAM_OCTET_STRING

    private byte* _name;
    private uint _type;
    private byte* _data;
    private nuint _size;
    private nuint _returned;

    /// <summary>How many bytes OpenSSL wrote.</summary>
    public readonly nuint Returned => _returned;

    /// <summary>Bytes under a name that ends in NUL.</summary>
    public static CipherParameter Octets(byte* name, byte* data, int size) => Of(name, OctetString, data, size);

    /// <summary>A text, which ends in NUL as its name does; the size is without it.</summary>
    public static CipherParameter Text(byte* name, byte* text, int size) => Of(name, Utf8String, text, size);

    private static CipherParameter Of(byte* name, uint type, byte* data, int size) => new()
    {
        _name = name,
        _type = type,
        _data = data,
        _size = (nuint)size,
        _returned = nuint.MaxValue, // OSSL_PARAM_UNMODIFIED
    };
}
