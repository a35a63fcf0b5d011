using System.Security.Cryptography;

namespace ColumnCrypt.Crypto.Aead;

/// <summary>
/// AES-256-GCM of the OpenSSL 3 libcrypto that .NET has loaded, called without the five shims that <see cref="AesGcm"/> takes for each value.
/// Thread-safe.
/// </summary>
/// <param name="library">The functions of that library.</param>
internal sealed class LibcryptoAead(Libcrypto library) : AeadProvider
{
    public override string Name => "libcrypto";

    /// <summary>The native contexts that are alive.</summary>
    public int LiveContexts => library.LiveContexts;

    public override AeadContext Open(ReadOnlySpan<byte> key) => new LibcryptoAeadContext(library, key);
}
