using ColumnCrypt.Metadata;

namespace ColumnCrypt.Store;

/// <summary>The audit's rows. Thread-safe. Entries are never changed but by chaining, and never deleted. Fails as <see cref="IKeyStore"/> does.</summary>
public interface IAuditStore
{
    /// <summary>
    /// Chains entries: under a lock that every writer of the chain takes, hands over the chain's end and at most 1,000 unchained
    /// entries, oldest first, and writes what it gets back.
    /// </summary>
    /// <param name="after">The id of the unchained entry before the first one wanted; "" from the oldest.</param>
    /// <param name="makeEntries">
    /// Makes the entries, in order: those of the unchained ones that are to be chained now, with the same id, and new ones. Called
    /// inside the transaction; must be quick and do no I/O. Where it returns none, nothing is written.
    /// </param>
    /// <param name="cancellationToken">Cancels the call before it commits.</param>
    /// <returns>What was written.</returns>
    Task<IReadOnlyList<AuditRecord>> ChainAsync(
        string after, Func<AuditHead, IReadOnlyList<AuditRecord>, IReadOnlyList<AuditRecord>> makeEntries, CancellationToken cancellationToken);

    /// <summary>As the other one, from the oldest unchained entry on.</summary>
    /// <param name="makeEntries">Makes the entries.</param>
    /// <param name="cancellationToken">Cancels the call before it commits.</param>
    /// <returns>What was written.</returns>
    Task<IReadOnlyList<AuditRecord>> ChainAsync(Func<AuditHead, IReadOnlyList<AuditRecord>, IReadOnlyList<AuditRecord>> makeEntries, CancellationToken cancellationToken) =>
        ChainAsync("", makeEntries, cancellationToken);

    /// <summary>Writes an entry outside the chain: an application node's.</summary>
    Task AddAsync(AuditRecord entry, CancellationToken cancellationToken);

    /// <summary>A page of the chain, in its order.</summary>
    /// <param name="after">The number before the first entry wanted; 0 from the start.</param>
    /// <param name="limit">1 to 5,000.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    Task<IReadOnlyList<AuditRecord>> ReadAsync(long after, int limit, CancellationToken cancellationToken);

    /// <summary>A page of the entries that are not chained, ordered by id, which is by time.</summary>
    /// <param name="after">The id before the first one wanted; "" from the start.</param>
    /// <param name="limit">1 to 5,000.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    Task<IReadOnlyList<AuditRecord>> ReadUnchainedAsync(string after, int limit, CancellationToken cancellationToken);
}
