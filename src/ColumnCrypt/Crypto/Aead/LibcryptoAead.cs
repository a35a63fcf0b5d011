using System.Security.Cryptography;

namespace ColumnCrypt.Crypto.Aead;

/// <summary>
/// AES-256-GCM and HMAC-SHA-256 of the OpenSSL 3 libcrypto that .NET has loaded, called without the shims of which <see cref="AesGcm"/> takes
/// five for each value. Thread-safe.
/// </summary>
internal sealed class LibcryptoAead : AeadProvider
{
    private readonly Libcrypto _library;
    private readonly LibcryptoMac _macs;

    /// <param name="export">Finds a function of that library by its name.</param>
    /// <exception cref="EntryPointNotFoundException">The library lacks a function.</exception>
    /// <exception cref="CryptographicException">The library lacks an algorithm.</exception>
    public LibcryptoAead(Func<string, nint> export)
    {
        _library = new Libcrypto(export);
        _macs = new LibcryptoMac(_library, export);
    }

    public override string Name => "libcrypto";

    /// <summary>The native contexts that are alive.</summary>
    public int LiveContexts => _library.LiveContexts + _macs.LiveContexts;

    public override AeadContext Open(ReadOnlySpan<byte> key) => new LibcryptoAeadContext(_library, key);

    public override MacContext OpenMac(ReadOnlySpan<byte> key) => new LibcryptoMacContext(_macs, key);
}
