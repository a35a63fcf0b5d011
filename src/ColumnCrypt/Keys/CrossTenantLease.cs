using System.Collections.Concurrent;
using ColumnCrypt.Format;

namespace ColumnCrypt.Keys;

/// <summary>
/// The keys of several tenants: decrypts a value under the key that it names, whichever of them it belongs to. Keeps the keys in memory until disposed.
/// Thread-safe. Disposing twice is harmless.
/// </summary>
/// <remarks>
/// A value that somebody moved from a row of one of these tenants to a row of another is not noticed here, as it is by a
/// <see cref="KeyRingLease"/>: whoever reads across tenants trusts the database as to which row is whose.
/// </remarks>
public sealed class CrossTenantLease : IDisposable
{
    private readonly CrossTenantAccess _access;
    private readonly IReadOnlyList<KeyRingLease> _leases;
    private readonly ConcurrentDictionary<KeyId, KeyRingLease> _owners = new();

    internal CrossTenantLease(CrossTenantAccess access, IReadOnlyList<KeyRingLease> leases)
    {
        _access = access;
        _leases = leases;
        foreach (var lease in leases)
        {
            foreach (var id in lease.Ring.State.Keys.Keys)
            {
                _owners[id] = lease;
            }
        }
    }

    /// <summary>Decrypts one value.</summary>
    /// <typeparam name="T">The CLR type.</typeparam>
    /// <param name="purpose">The purpose of the column.</param>
    /// <param name="value">The value as it is stored.</param>
    /// <param name="codec">The codec of the type, from <see cref="ValueCodecs"/>.</param>
    /// <exception cref="TenantMismatchException">The value belongs to a tenant that is not among them. Raised before any plaintext exists.</exception>
    /// <exception cref="CiphertextInvalidException">The value was not written for this column, or was changed.</exception>
    /// <exception cref="TenantShreddedException">The keys of its tenant are destroyed.</exception>
    /// <exception cref="KeyUnavailableException">The key may not, or cannot, be used now.</exception>
    public T Decrypt<T>(string purpose, ReadOnlySpan<byte> value, ValueCodec<T> codec)
    {
        var id = ValueFrame.ReadKeyId(value, purpose);
        return (_owners.TryGetValue(id, out var owner) ? owner : Find(id, purpose)).Decrypt(purpose, value, codec);
    }

    /// <summary>Gives all rings back. The lease is not to be used afterwards.</summary>
    public void Dispose()
    {
        foreach (var lease in _leases)
        {
            lease.Dispose();
        }
    }

    // A key that another node made just now, or one of a tenant that is not among these. Each tenant may have a key store of its own.
    private KeyRingLease Find(KeyId id, string purpose)
    {
        foreach (var store in _leases.DistinctBy(static lease => lease.Ring.Session))
        {
            if (store.Ring.OwnerOf(id) is { } owner)
            {
                var lease = _access.Includes(owner)
                    ? _leases.First(one => one.Tenant == owner)
                    : throw new TenantMismatchException(
                        $"The value of {purpose} is under key {id} of a tenant that is not among the {_leases.Count} whose rows are read. Filter its rows out, or name it too.");
                return _owners.GetOrAdd(id, lease);
            }
        }

        // It knows that nobody owns the key, and says so.
        return _leases[0];
    }
}
