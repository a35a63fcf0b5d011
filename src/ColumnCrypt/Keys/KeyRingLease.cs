using ColumnCrypt.Format;

namespace ColumnCrypt.Keys;

/// <summary>
/// The keys of one tenant, and the uses granted for what is about to be encrypted: encrypts under the tenant's Active data key and
/// decrypts under every one whose state allows it (docs/SPEC.md, sections 4, 5 and 9). Keeps the keys in memory until disposed: a
/// ring evicted meanwhile is zeroed only after its last lease is gone. Thread-safe. Disposing twice is harmless.
/// </summary>
public sealed class KeyRingLease : IDisposable
{
    private readonly UseGrant? _grant;
    private int _disposed;

    internal KeyRingLease(KeyRing ring, UseGrant? grant)
    {
        Ring = ring;
        _grant = grant;
    }

    /// <summary>The tenant.</summary>
    public string Tenant => Ring.Tenant;

    internal KeyRing Ring { get; }

    /// <summary>Encrypts one value. Allocates the result alone.</summary>
    /// <typeparam name="T">The CLR type.</typeparam>
    /// <param name="purpose">The purpose of the column.</param>
    /// <param name="value">The value; never null.</param>
    /// <param name="codec">The codec of the type, from <see cref="ValueCodecs"/>.</param>
    /// <returns>The value as it is stored: 45 bytes longer than its encoding.</returns>
    /// <exception cref="ColumnCryptException">The value has no encoding, or is longer than 64 MiB.</exception>
    /// <exception cref="KeyUnavailableException">No key may encrypt now.</exception>
    /// <remarks>
    /// Takes the uses that were asked for with the lease. Where they are spent, or the key that they are of may not encrypt any more, and
    /// this node has none of another key at hand, the thread blocks once to reserve some; that is counted.
    /// </remarks>
    public byte[] Encrypt<T>(string purpose, T value, ValueCodec<T> codec) => Ring.Encrypt(_grant, purpose, value, codec);

    /// <summary>As <see cref="Encrypt"/>, into memory of the caller's. Allocates nothing.</summary>
    /// <typeparam name="T">The CLR type.</typeparam>
    /// <param name="purpose">The purpose of the column.</param>
    /// <param name="value">The value; never null.</param>
    /// <param name="codec">The codec of the type, from <see cref="ValueCodecs"/>.</param>
    /// <param name="destination">Where the value goes. Nothing of the plaintext is left in it, whatever happens.</param>
    /// <param name="written">The size of the value: 45 bytes more than its encoding; 0 where it does not fit.</param>
    /// <returns>False where <paramref name="destination"/> is too small.</returns>
    /// <exception cref="ColumnCryptException">As for <see cref="Encrypt"/>.</exception>
    public bool TryEncrypt<T>(string purpose, T value, ValueCodec<T> codec, Span<byte> destination, out int written) =>
        Ring.TryEncrypt(_grant, purpose, value, codec, destination, out written);

    /// <summary>Decrypts one value.</summary>
    /// <typeparam name="T">The CLR type.</typeparam>
    /// <param name="purpose">The purpose of the column.</param>
    /// <param name="value">The value as it is stored.</param>
    /// <param name="codec">The codec of the type, from <see cref="ValueCodecs"/>.</param>
    /// <exception cref="CiphertextInvalidException">The value was not written for this column, or was changed.</exception>
    /// <exception cref="TenantMismatchException">The value is another tenant's. Raised before any plaintext exists.</exception>
    /// <exception cref="TenantShreddedException">The keys of the tenant are destroyed.</exception>
    /// <exception cref="KeyUnavailableException">The key may not, or cannot, be used now.</exception>
    public T Decrypt<T>(string purpose, ReadOnlySpan<byte> value, ValueCodec<T> codec) => Ring.Decrypt(purpose, value, codec);

    /// <summary>Gives the ring back, and the uses that are left. The lease is not to be used afterwards.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _grant?.Return();
            Ring.Release();
        }
    }
}
