using ColumnCrypt.Metadata;

namespace ColumnCrypt.Store;

/// <summary>The audit of an <see cref="InMemoryKeyStore"/>.</summary>
internal sealed class MemoryAuditStore(MemoryTables tables) : IAuditStore
{
    public Task<IReadOnlyList<AuditRecord>> ChainAsync(
        string after, Func<AuditHead, IReadOnlyList<AuditRecord>, IReadOnlyList<AuditRecord>> makeEntries, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(after);
        ArgumentNullException.ThrowIfNull(makeEntries);
        return tables.Locked(
            () =>
            {
                var entries = makeEntries(tables.Audit.Head, [.. tables.Audit.Unchained.SkipWhile(entry => Utf8Order.Instance.Compare(entry.AuditId, after) <= 0).Take(StoreArguments.MaxChained)]);
                tables.Audit.Check(entries);
                tables.Audit.Append(entries);
                return entries;
            },
            cancellationToken);
    }

    public Task AddAsync(AuditRecord entry, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(entry);
        StoreArguments.CheckUnchained(entry);
        return tables.Locked(
            () =>
            {
                tables.Audit.Add(entry);
                return true;
            },
            cancellationToken);
    }

    public Task<IReadOnlyList<AuditRecord>> ReadAsync(long after, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckPage(limit);
        return tables.Locked<IReadOnlyList<AuditRecord>>(
            () => [.. tables.Audit.Chain.SkipWhile(entry => entry.Sequence <= after).Take(limit)], cancellationToken);
    }

    public Task<IReadOnlyList<AuditRecord>> ReadUnchainedAsync(string after, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckPage(after, limit);
        return tables.Locked<IReadOnlyList<AuditRecord>>(
            () => [.. tables.Audit.Unchained.SkipWhile(entry => Utf8Order.Instance.Compare(entry.AuditId, after) <= 0).Take(limit)], cancellationToken);
    }
}
