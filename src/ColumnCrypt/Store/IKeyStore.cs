using ColumnCrypt.Format;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Store;

/// <summary>
/// The key tables. Thread-safe. Rows go in and out as they are: macs are made and checked above it. Every method uses
/// connections of the store's own, outside any ambient transaction, and has committed when it returns.
/// </summary>
/// <remarks>
/// A store that does not answer within its timeout raises <see cref="KeyUnavailableException"/> with
/// <see cref="KeyUnavailableReason.Unavailable"/>; missing tables raise it with <see cref="KeyUnavailableReason.NotInitialized"/>.
/// </remarks>
public interface IKeyStore
{
    /// <summary>Whether the application may create tables and the installation key itself.</summary>
    bool CreatesTables { get; }

    /// <summary>Creates the tables where they are missing. Safe to call from many processes at once.</summary>
    Task CreateTablesAsync(CancellationToken cancellationToken);

    /// <summary>Adds to tables of an earlier ColumnCrypt what they lack. Default: nothing.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    Task UpgradeTablesAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The generation counter: it grows with every change of a key's or tenant's state.</summary>
    Task<long> ReadGenerationAsync(CancellationToken cancellationToken);

    /// <summary>The keys of one tenant in one statement; "" reads the keys of no tenant, the installation key among them.</summary>
    Task<TenantKeys> ReadTenantAsync(string tenant, CancellationToken cancellationToken);

    /// <summary>The tenant that owns a key, or null where nobody does.</summary>
    Task<string?> FindTenantAsync(KeyId keyId, CancellationToken cancellationToken);

    /// <summary>The tenants that changed after a generation.</summary>
    /// <param name="generation">The generation last seen.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    Task<IReadOnlyList<string>> ReadChangedTenantsAsync(long generation, CancellationToken cancellationToken);

    /// <summary>
    /// Writes a new key. Locks the tenant's row and those of the KEKs of its wraps, and demands that each is Active, in the same
    /// transaction: so no key is ever wrapped under a KEK that is retired.
    /// </summary>
    /// <returns>
    /// False, with nothing written, where another key of the same (tenant, kind, version) exists or another Active data key of the
    /// tenant does, or where the tenant's row has another KEK policy than the one given: the caller has lost a race and reads again.
    /// </returns>
    /// <exception cref="TenantShreddedException">The tenant's row is not Active.</exception>
    /// <exception cref="KeyUnavailableException">The row of a KEK is not Active (<see cref="KeyUnavailableReason.KekNotAllowed"/>).</exception>
    Task<bool> TryInsertKeyAsync(NewKey key, CancellationToken cancellationToken);

    /// <summary>
    /// Applies a change and raises the generation counter. A tenant's row in version 1 is a new one.
    /// </summary>
    /// <param name="makeChange">
    /// Makes the change for the generation that the transaction has drawn, so that macs can cover it. Called inside the
    /// transaction; must be quick and do no I/O.
    /// </param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>False, with nothing written, where a row stands in another version than the change expects, or a new one exists.</returns>
    Task<bool> TryChangeAsync(Func<long, KeyChange> makeChange, CancellationToken cancellationToken);

    /// <summary>Adds to the reserved uses of an Active key and returns the new total; null where the key is not Active.</summary>
    Task<long?> ReserveUsesAsync(KeyId keyId, long uses, CancellationToken cancellationToken);

    /// <summary>The rows of the KEK table.</summary>
    Task<IReadOnlyList<KekRecord>> ReadKeksAsync(CancellationToken cancellationToken);

    /// <summary>The manifest's rows for one database.</summary>
    Task<IReadOnlyList<ColumnRecord>> ReadColumnsAsync(string database, CancellationToken cancellationToken);

    /// <summary>
    /// Writes rows of the manifest: one in row version 1 is new, one in a later version takes the place of the version before it. Raises the
    /// generation counter where one of them is of an adopted column.
    /// </summary>
    /// <param name="columns">The rows.</param>
    /// <param name="chain">Makes the audit entries that are chained in the same transaction; null for none.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>False, with nothing written, where a row exists that should be new, or stands in another version.</returns>
    Task<bool> TryWriteColumnsAsync(IReadOnlyList<ColumnRecord> columns, ChainEntries? chain, CancellationToken cancellationToken);

    /// <summary>The audit.</summary>
    IAuditStore Audit { get; }

    /// <summary>Jobs, and the nodes that run.</summary>
    IJobStore Jobs { get; }

    /// <summary>All keys, for operators.</summary>
    IKeyInventory Inventory { get; }

    /// <summary>What tells of changes at once; null, the default, where the generation counter is polled alone.</summary>
    IGenerationSignal? Signal => null;
}
