namespace ColumnCrypt.Lifecycle;

/// <summary>The life of keys, for operators. Thread-safe.</summary>
public interface IKeyManager
{
    /// <summary>Creates the key tables and the installation key where they are missing, whatever <c>CreateTables</c> says.</summary>
    /// <param name="tenant">A tenant of the store, where each tenant's database has one of its own; else null.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    Task<InstallationInfo> InitAsync(string? tenant = null, CancellationToken cancellationToken = default);

    /// <summary>The keys of a tenant, oldest first; none where the tenant is unknown.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    Task<IReadOnlyList<KeyInfo>> ListKeysAsync(string tenant, CancellationToken cancellationToken = default);

    /// <summary>
    /// Rotates a tenant's data key: publishes the next version as PreActive. It becomes Active after the revocation bound, on
    /// whichever node notices first. Rows stay as they are and stay readable.
    /// </summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The published key.</returns>
    /// <exception cref="KeyUnavailableException">The tenant has no key yet, or the store or the KEK is unavailable.</exception>
    /// <exception cref="TenantShreddedException">The keys of the tenant are destroyed.</exception>
    Task<KeyInfo> RotateAsync(string tenant, CancellationToken cancellationToken = default);

    /// <summary>
    /// Destroys the keys of a tenant: every wrap is cleared, every key is Destroyed, the tenant id is a tombstone. Other nodes
    /// follow within the revocation bound. There is no way back but a backup of the key tables.
    /// </summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="cancellationToken">Cancels the call before it commits.</param>
    /// <exception cref="TenantShreddedException">The keys of the tenant are destroyed already.</exception>
    Task ShredNowAsync(string tenant, CancellationToken cancellationToken = default);
}
