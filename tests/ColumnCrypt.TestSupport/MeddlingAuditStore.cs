using ColumnCrypt.Metadata;
using ColumnCrypt.Store;

namespace ColumnCrypt.TestSupport;

/// <summary>The audit of a <see cref="MeddlingKeyStore"/>.</summary>
internal sealed class MeddlingAuditStore(Func<CancellationToken, Task<IKeyStore>> reached) : IAuditStore
{
    public async Task<IReadOnlyList<AuditRecord>> ChainAsync(string after, Func<AuditHead, IReadOnlyList<AuditRecord>, IReadOnlyList<AuditRecord>> makeEntries, CancellationToken cancellationToken) =>
        await (await reached(cancellationToken)).Audit.ChainAsync(after, makeEntries, cancellationToken);

    public async Task AddAsync(AuditRecord entry, CancellationToken cancellationToken) =>
        await (await reached(cancellationToken)).Audit.AddAsync(entry, cancellationToken);

    public async Task<IReadOnlyList<AuditRecord>> ReadAsync(long after, int limit, CancellationToken cancellationToken) =>
        await (await reached(cancellationToken)).Audit.ReadAsync(after, limit, cancellationToken);

    public async Task<IReadOnlyList<AuditRecord>> ReadUnchainedAsync(string after, int limit, CancellationToken cancellationToken) =>
        await (await reached(cancellationToken)).Audit.ReadUnchainedAsync(after, limit, cancellationToken);
}
