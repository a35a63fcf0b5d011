using ColumnCrypt.Metadata;

namespace ColumnCrypt.Store;

/// <summary>Jobs and nodes of an <see cref="InMemoryKeyStore"/>.</summary>
internal sealed class MemoryJobStore(MemoryTables tables) : IJobStore
{
    public Task<bool> TryAddAsync(JobRecord job, ChainEntries? chain, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(job);
        return tables.Locked(() => !tables.Jobs.ContainsKey(job.JobId) && Write(job, chain), cancellationToken);
    }

    public Task<JobRecord?> FindAsync(string jobId, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(jobId);
        return tables.Locked(() => tables.Jobs.TryGetValue(jobId, out var job) ? StoreCopy.Of(job) : null, cancellationToken);
    }

    public Task<IReadOnlyList<JobRecord>> ReadAsync(string after, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckPage(after, limit);
        return tables.Locked<IReadOnlyList<JobRecord>>(
            () => [.. tables.Jobs.Values.SkipWhile(job => Utf8Order.Instance.Compare(job.JobId, after) <= 0).Take(limit).Select(StoreCopy.Of)],
            cancellationToken);
    }

    public Task<bool> TryUpdateAsync(JobRecord job, ChainEntries? chain, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(job);
        return tables.Locked(() => tables.Follows(job) && Write(job, chain), cancellationToken);
    }

    public Task ReportNodeAsync(NodeRecord node, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(node);
        return tables.Locked(() => tables.Nodes[node.NodeId] = StoreCopy.Of(node), cancellationToken);
    }

    public Task<IReadOnlyList<NodeRecord>> ReadNodesAsync(DateTimeOffset since, CancellationToken cancellationToken) => tables.Locked<IReadOnlyList<NodeRecord>>(
        () => [.. tables.Nodes.Values.Where(node => node.SeenAt >= StoreTime.Truncate(since)).Take(StoreArguments.MaxPage).Select(StoreCopy.Of)],
        cancellationToken);

    public Task RemoveNodesAsync(DateTimeOffset before, CancellationToken cancellationToken) => tables.Locked(
        () =>
        {
            foreach (var node in tables.Nodes.Values.Where(node => node.SeenAt < StoreTime.Truncate(before)).ToList())
            {
                tables.Nodes.Remove(node.NodeId);
            }

            return true;
        },
        cancellationToken);

    private bool Write(JobRecord job, ChainEntries? chain)
    {
        var entries = tables.Audit.Make(chain);
        tables.Jobs[job.JobId] = StoreCopy.Of(job);
        tables.Audit.Append(entries);
        return true;
    }
}
