using ColumnCrypt.Format;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Store;

/// <summary>
/// All keys of a store, in pages, and changes of many wraps at once: what operators need and no request does. Thread-safe. Fails as
/// <see cref="IKeyStore"/> does.
/// </summary>
public interface IKeyInventory
{
    /// <summary>A page of tenants, ordered by id byte by byte.</summary>
    /// <param name="after">The tenant before the first one wanted; "" from the start.</param>
    /// <param name="limit">1 to 5,000.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    Task<IReadOnlyList<TenantRecord>> ReadTenantsAsync(string after, int limit, CancellationToken cancellationToken);

    /// <summary>A page of tenants whose shred is due and not on hold, or was begun and not finished, ordered by when it is due.</summary>
    /// <param name="now">The time.</param>
    /// <param name="limit">1 to 5,000.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    Task<IReadOnlyList<TenantRecord>> ReadDueTenantsAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken);

    /// <summary>A page of keys of every tenant and kind with all their wraps, dropped ones included, ordered by key id.</summary>
    /// <param name="after">The key before the first one wanted; null from the start.</param>
    /// <param name="until">The last key id wanted; null to the end.</param>
    /// <param name="limit">1 to 5,000.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    Task<IReadOnlyList<KeyWithWraps>> ReadKeysAsync(KeyId? after, KeyId? until, int limit, CancellationToken cancellationToken);

    /// <summary>All wraps of one tenant's keys, or with "" of the keys of no tenant, dropped ones included.</summary>
    Task<IReadOnlyList<KeyWithWraps>> ReadKeysOfAsync(string tenant, CancellationToken cancellationToken);

    /// <summary>Counts over the whole store, by aggregates alone.</summary>
    Task<StoreCounts> CountAsync(CancellationToken cancellationToken);

    /// <summary>How many keys have a live wrap under a KEK, and how many of them have no other.</summary>
    Task<KekDependence> CountDependentsAsync(string kekId, CancellationToken cancellationToken);

    /// <summary>
    /// Applies changes of wraps and the job's progress in one transaction, which locks the tenants' rows for share. A change whose key
    /// is Destroyed, whose tenant is Shredded or has another KEK policy, or whose key stands in another row version is left out.
    /// </summary>
    /// <param name="changes">At most 1,000 changes, of different keys.</param>
    /// <param name="finish">
    /// Gets the keys whose change was applied and gives the job's row with its new counters, whose version in the store must be one
    /// below, or null outside a job; and the audit entry of the batch, or null. Called inside the transaction.
    /// </param>
    /// <param name="cancellationToken">Cancels the call before it commits.</param>
    /// <returns>The keys whose change was applied; null, with nothing written, where the job's row stands in another version: its lease is lost.</returns>
    /// <exception cref="KeyUnavailableException">
    /// A wrap is added under a KEK whose row is not Active (<see cref="KeyUnavailableReason.KekNotAllowed"/>): it was retired meanwhile. Nothing is written.
    /// </exception>
    Task<IReadOnlySet<KeyId>?> ChangeWrapsAsync(
        IReadOnlyList<WrapChange> changes, Func<IReadOnlySet<KeyId>, AuditHead, BatchEnd> finish, CancellationToken cancellationToken);

    /// <summary>
    /// Writes a KEK's row, a new one or one whose row version in the store is one below, and raises the generation counter; false, with
    /// nothing written, else.
    /// </summary>
    /// <param name="kek">The row.</param>
    /// <param name="chain">Audit entries, chained in the same transaction.</param>
    /// <param name="cancellationToken">Cancels the call before it commits.</param>
    /// <exception cref="KekInUseException">
    /// The row is to be Retired while a key has no wrap but under it, or Destroyed while one has any: counted where no key can come to it any more.
    /// </exception>
    Task<bool> TryWriteKekAsync(KekRecord kek, ChainEntries? chain, CancellationToken cancellationToken);

    /// <summary>
    /// Puts rows of a backup into tables that hold no key and no tenant, in one call per page. Rows that exist stay as they are.
    /// </summary>
    Task RestoreAsync(StoreRows rows, CancellationToken cancellationToken);

    /// <summary>All rows of the manifest, of every database.</summary>
    Task<IReadOnlyList<ColumnRecord>> ReadManifestAsync(CancellationToken cancellationToken);

    /// <summary>Sets the generation counter to a value that is not below its own.</summary>
    Task RaiseGenerationAsync(long generation, CancellationToken cancellationToken);
}
