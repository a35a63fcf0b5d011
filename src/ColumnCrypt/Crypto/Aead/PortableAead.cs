namespace ColumnCrypt.Crypto.Aead;

/// <summary>The platform's AES-256-GCM through <see cref="System.Security.Cryptography.AesGcm"/>: everywhere the same. Thread-safe.</summary>
internal sealed class PortableAead : AeadProvider
{
    public static readonly PortableAead Instance = new();

    public override string Name => "AesGcm";

    public override AeadContext Open(ReadOnlySpan<byte> key) => new PortableAeadContext(key);
}
