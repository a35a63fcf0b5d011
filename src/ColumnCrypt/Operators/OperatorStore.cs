using ColumnCrypt.Audit;
using ColumnCrypt.Keys;
using ColumnCrypt.Manifest;
using ColumnCrypt.Metadata;
using ColumnCrypt.Store;
using Microsoft.Extensions.Logging;

namespace ColumnCrypt.Operators;

/// <summary>
/// One key store as an operator's verbs see it: rows checked before they are used, every change a compare-and-swap with its audit
/// entry in the same transaction. Thread-safe.
/// </summary>
internal sealed class OperatorStore(StoreSession session, RingLoader loader, RingServices services, DatabaseNames databases)
{
    /// <summary>How often a verb starts over because other nodes changed the same rows.</summary>
    public const int MaxAttempts = 8;

    public StoreSession Session => session;

    public IKeyStore Store => session.Store;

    public AuditEntries Entries => services.Entries;

    public DateTimeOffset Now => services.Now;

    /// <summary>How the manifest names databases.</summary>
    public DatabaseNames Databases => databases;

    public ILogger Logger => services.Logger;

    public async Task<Installation> InstallationAsync(CancellationToken cancellationToken) =>
        await session.GetInstallationAsync(create: false, cancellationToken).ConfigureAwait(false) ?? throw InstallationLoader.NotInitialized();

    /// <summary>The rows of a tenant, every one of them checked.</summary>
    public async Task<TenantKeys> ReadTenantAsync(string tenant, CancellationToken cancellationToken)
    {
        var installation = await InstallationAsync(cancellationToken).ConfigureAwait(false);
        return await loader.ReadRowsAsync(session, installation, tenant, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The rows of the manifest, every one of them checked.</summary>
    public async Task<IReadOnlyList<ColumnRecord>> ReadManifestAsync(CancellationToken cancellationToken)
    {
        var installation = await InstallationAsync(cancellationToken).ConfigureAwait(false);
        var columns = await Store.Inventory.ReadManifestAsync(cancellationToken).ConfigureAwait(false);
        foreach (var column in columns)
        {
            installation.Rows.Verify(column);
        }

        return columns;
    }

    /// <summary>Changes a tenant's rows, and lets this node's rings follow at once.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="decide">Gives the change for the rows as they stand, or null where nothing is to be done; throws where it may not be.</param>
    /// <param name="cancellationToken">Cancels the call before it commits.</param>
    /// <returns>False where nothing was to be done.</returns>
    public async Task<bool> ChangeAsync(string tenant, Func<TenantRecord, TenantKeys, TenantChange?> decide, CancellationToken cancellationToken)
    {
        var installation = await InstallationAsync(cancellationToken).ConfigureAwait(false);
        for (int attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var rows = await loader.ReadRowsAsync(session, installation, tenant, cancellationToken).ConfigureAwait(false);
            var row = rows.Tenant ?? throw new KeyStateException($"Tenant '{tenant}' has no keys in this key store.");
            if (decide(row, rows) is not { } change)
            {
                return false;
            }

            if (await Store.TryChangeAsync(generation => Sign(installation, change, generation), cancellationToken).ConfigureAwait(false))
            {
                await session.ReadGenerationAsync(CancellationToken.None).ConfigureAwait(false);
                return true;
            }
        }

        throw Contended($"tenant '{tenant}'");
    }

    /// <summary>Writes the row of a tenant that has no keys yet; false where it has one by now.</summary>
    public async Task<bool> TryAddTenantAsync(TenantRecord tenant, AuditRecord entry, CancellationToken cancellationToken)
    {
        var installation = await InstallationAsync(cancellationToken).ConfigureAwait(false);
        return await Store.TryChangeAsync(generation => Sign(installation, new TenantChange(tenant with { RowVersion = 0 }, [], entry), generation), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The tenant of a key.</summary>
    /// <exception cref="KeyStateException">The store does not know the key, or it is of no tenant.</exception>
    public async Task<string> TenantOfAsync(Format.KeyId keyId, CancellationToken cancellationToken) =>
        await Store.FindTenantAsync(keyId, cancellationToken).ConfigureAwait(false) switch
        {
            null => throw new KeyStateException($"This key store holds no key {keyId}."),
            "" => throw new KeyStateException($"Key {keyId} is of no tenant: the whole installation hangs on it, and its state is not an operator's to change."),
            var tenant => tenant,
        };

    /// <summary>Makes audit entries that are chained in the transaction of whatever they are handed to.</summary>
    public static ChainEntries Chain(Installation installation, params AuditRecord[] entries) => head => new AuditChain(installation.Audit).Link(head, entries);

    public static KeyUnavailableException Contended(string what) => new(
        KeyUnavailableReason.Unavailable, $"The rows of {what} were changed by others {MaxAttempts} times meanwhile. Try again.");

    private static KeyChange Sign(Installation installation, TenantChange change, long generation) => new(
        installation.Rows.Sign(change.Tenant with { Generation = generation, RowVersion = change.Tenant.RowVersion + 1 }),
        [.. change.Keys.Select(key => installation.Rows.Sign(key with { RowVersion = key.RowVersion + 1 }))],
        change.DropWraps,
        Chain(installation, change.Entry));
}
