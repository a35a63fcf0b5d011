using ColumnCrypt.Metadata;

namespace ColumnCrypt.Store;

/// <summary>The rows of jobs and of the nodes that run. Thread-safe. Fails as <see cref="IKeyStore"/> does.</summary>
public interface IJobStore
{
    /// <summary>Writes a new job; false where its id exists.</summary>
    /// <param name="job">The job.</param>
    /// <param name="chain">Audit entries, chained in the same transaction; null for none, as where a DBA without the KEK asks for a job.</param>
    /// <param name="cancellationToken">Cancels the call before it commits.</param>
    Task<bool> TryAddAsync(JobRecord job, ChainEntries? chain, CancellationToken cancellationToken);

    /// <summary>A job, or null.</summary>
    Task<JobRecord?> FindAsync(string jobId, CancellationToken cancellationToken);

    /// <summary>A page of the jobs, ordered by id, which is by time.</summary>
    /// <param name="after">The id before the first one wanted; "" from the start.</param>
    /// <param name="limit">1 to 5,000.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    Task<IReadOnlyList<JobRecord>> ReadAsync(string after, int limit, CancellationToken cancellationToken);

    /// <summary>Writes a job whose row version in the store is one below; false, with nothing written, where it is not.</summary>
    /// <param name="job">The job.</param>
    /// <param name="chain">Audit entries, chained in the same transaction; null for none.</param>
    /// <param name="cancellationToken">Cancels the call before it commits.</param>
    Task<bool> TryUpdateAsync(JobRecord job, ChainEntries? chain, CancellationToken cancellationToken);

    /// <summary>Writes what a node says of itself, over what it said before.</summary>
    Task ReportNodeAsync(NodeRecord node, CancellationToken cancellationToken);

    /// <summary>The nodes that have reported since, at most 5,000, ordered by id.</summary>
    Task<IReadOnlyList<NodeRecord>> ReadNodesAsync(DateTimeOffset since, CancellationToken cancellationToken);

    /// <summary>Removes the rows of nodes that have not reported since.</summary>
    Task RemoveNodesAsync(DateTimeOffset before, CancellationToken cancellationToken);
}
