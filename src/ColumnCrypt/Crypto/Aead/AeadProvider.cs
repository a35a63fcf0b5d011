namespace ColumnCrypt.Crypto.Aead;

/// <summary>Whose AES-256-GCM, and whose HMAC-SHA-256, it is. Values of one provider are read by every other. Thread-safe.</summary>
internal abstract class AeadProvider
{
    /// <summary>What it is called in the log and in benchmarks.</summary>
    public abstract string Name { get; }

    /// <summary>A context under a key of 32 bytes, which is copied.</summary>
    public abstract AeadContext Open(ReadOnlySpan<byte> key);

    /// <summary>HMAC-SHA-256 under a key, which is copied.</summary>
    public abstract MacContext OpenMac(ReadOnlySpan<byte> key);
}
