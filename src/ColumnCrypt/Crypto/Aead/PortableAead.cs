namespace ColumnCrypt.Crypto.Aead;

/// <summary>The platform's AES-256-GCM and HMAC-SHA-256 through <see cref="System.Security.Cryptography"/>: everywhere the same. Thread-safe.</summary>
internal sealed class PortableAead : AeadProvider
{
    public static readonly PortableAead Instance = new();

    public override string Name => "AesGcm";

    public override AeadContext Open(ReadOnlySpan<byte> key) => new PortableAeadContext(key);

    public override MacContext OpenMac(ReadOnlySpan<byte> key) => new PortableMacContext(key);
}
