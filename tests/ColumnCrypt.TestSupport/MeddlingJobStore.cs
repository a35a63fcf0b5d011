using ColumnCrypt.Metadata;
using ColumnCrypt.Store;

namespace ColumnCrypt.TestSupport;

/// <summary>The jobs and nodes of a <see cref="MeddlingKeyStore"/>.</summary>
internal sealed class MeddlingJobStore(Func<CancellationToken, Task<IKeyStore>> reached) : IJobStore
{
    public async Task<bool> TryAddAsync(JobRecord job, ChainEntries? chain, CancellationToken cancellationToken) =>
        await (await reached(cancellationToken)).Jobs.TryAddAsync(job, chain, cancellationToken);

    public async Task<JobRecord?> FindAsync(string jobId, CancellationToken cancellationToken) =>
        await (await reached(cancellationToken)).Jobs.FindAsync(jobId, cancellationToken);

    public async Task<IReadOnlyList<JobRecord>> ReadAsync(string after, int limit, CancellationToken cancellationToken) =>
        await (await reached(cancellationToken)).Jobs.ReadAsync(after, limit, cancellationToken);

    public async Task<bool> TryUpdateAsync(JobRecord job, ChainEntries? chain, CancellationToken cancellationToken) =>
        await (await reached(cancellationToken)).Jobs.TryUpdateAsync(job, chain, cancellationToken);

    public async Task ReportNodeAsync(NodeRecord node, CancellationToken cancellationToken) =>
        await (await reached(cancellationToken)).Jobs.ReportNodeAsync(node, cancellationToken);

    public async Task<IReadOnlyList<NodeRecord>> ReadNodesAsync(DateTimeOffset since, CancellationToken cancellationToken) =>
        await (await reached(cancellationToken)).Jobs.ReadNodesAsync(since, cancellationToken);

    public async Task RemoveNodesAsync(DateTimeOffset before, CancellationToken cancellationToken) =>
        await (await reached(cancellationToken)).Jobs.RemoveNodesAsync(before, cancellationToken);
}
