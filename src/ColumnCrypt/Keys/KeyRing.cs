using ColumnCrypt.Format;

namespace ColumnCrypt.Keys;

/// <summary>
/// All keys of one tenant, unwrapped: encrypts under the Active data key and decrypts under every one whose state allows it.
/// Thread-safe. Use it only while holding a <see cref="KeyRingLease"/>.
/// </summary>
public sealed class KeyRing
{
    internal KeyRing(string tenant) => Tenant = tenant;

    /// <summary>The tenant.</summary>
    public string Tenant { get; }

    /// <summary>Encrypts one value; allocates the result alone.</summary>
    public byte[] Encrypt<T>(string purpose, T value, ValueCodec<T> codec) => throw new NotImplementedException();

    /// <summary>Decrypts one value.</summary>
    public T Decrypt<T>(string purpose, ReadOnlySpan<byte> value, ValueCodec<T> codec) => throw new NotImplementedException();

    internal void Release() => throw new NotImplementedException();
}
