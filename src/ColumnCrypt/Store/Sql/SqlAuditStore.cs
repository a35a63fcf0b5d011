using ColumnCrypt.Metadata;
using ColumnCrypt.Store.Schema;

namespace ColumnCrypt.Store.Sql;

/// <summary>The audit in a database.</summary>
internal sealed class SqlAuditStore(SqlConnections connections, KeyStoreDialect dialect, SqlChain chain) : IAuditStore
{
    private readonly string _read = $"""
        SELECT {SqlText.Columns("a", KeyTableSchema.Audit)} FROM {dialect.Qualify(KeyTableSchema.Audit)} a
        WHERE sequence > @sequence ORDER BY sequence LIMIT @limit
        """;

    private readonly string _readUnchained = $"""
        SELECT {SqlText.Columns("a", KeyTableSchema.Audit)} FROM {dialect.Qualify(KeyTableSchema.Audit)} a
        WHERE sequence IS NULL AND audit_id > @audit_id ORDER BY audit_id LIMIT @limit
        """;

    private readonly string _chain = $"""
        UPDATE {dialect.Qualify(KeyTableSchema.Audit)} AS a SET sequence = i.sequence, previous_hash = i.previous_hash, mac = i.mac
        FROM {SqlText.Rows(dialect, "audit_id", "sequence", "previous_hash", "mac")} WHERE a.audit_id = i.audit_id AND a.sequence IS NULL
        """;

    public Task<IReadOnlyList<AuditRecord>> ChainAsync(
        string after, Func<AuditHead, IReadOnlyList<AuditRecord>, IReadOnlyList<AuditRecord>> makeEntries, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(after);
        ArgumentNullException.ThrowIfNull(makeEntries);
        return connections.RunAsync(
            async call =>
            {
                await call.BeginAsync().ConfigureAwait(false);
                await chain.LockAsync(call).ConfigureAwait(false);
                var head = await chain.ReadHeadAsync(call).ConfigureAwait(false);
                var unchained = await ReadUnchainedAsync(call, after, StoreArguments.MaxChained).ConfigureAwait(false);
                var entries = makeEntries(head, unchained);
                StoreArguments.CheckChained(head, entries);
                if (entries.Count > 0)
                {
                    await WriteAsync(call, unchained, entries).ConfigureAwait(false);
                    await call.CommitAsync().ConfigureAwait(false);
                }

                return entries;
            },
            cancellationToken);
    }

    public Task AddAsync(AuditRecord entry, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(entry);
        StoreArguments.CheckUnchained(entry);
        return connections.RunAsync(
            async call =>
            {
                await chain.AddAsync(call, entry).ConfigureAwait(false);
                return true;
            },
            cancellationToken);
    }

    public Task<IReadOnlyList<AuditRecord>> ReadAsync(long after, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckPage(limit);
        return connections.RunAsync<IReadOnlyList<AuditRecord>>(
            async call => await call.ListAsync(
                _read,
                row =>
                {
                    row.Set("sequence", after);
                    row.Set("limit", limit);
                },
                chain.Read).ConfigureAwait(false),
            cancellationToken);
    }

    public Task<IReadOnlyList<AuditRecord>> ReadUnchainedAsync(string after, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckPage(after, limit);
        return connections.RunAsync<IReadOnlyList<AuditRecord>>(
            async call => await ReadUnchainedAsync(call, after, limit).ConfigureAwait(false), cancellationToken);
    }

    private Task<List<AuditRecord>> ReadUnchainedAsync(SqlCall call, string after, int limit) => call.ListAsync(
        _readUnchained,
        row =>
        {
            row.Set("audit_id", after);
            row.Set("limit", limit);
        },
        chain.Read);

    private async Task WriteAsync(SqlCall call, List<AuditRecord> unchained, IReadOnlyList<AuditRecord> entries)
    {
        var before = unchained.ToDictionary(static entry => entry.AuditId, StringComparer.Ordinal);
        var rows = new SqlRows(dialect);
        List<AuditRecord> added = [];
        foreach (var entry in entries)
        {
            if (before.TryGetValue(entry.AuditId, out var old))
            {
                StoreArguments.CheckSame(old, entry);
                rows.Add(row => WritePlace(row, entry));
            }
            else
            {
                added.Add(entry);
            }
        }

        if (await call.ExecuteRowsAsync(_chain, rows).ConfigureAwait(false) != rows.Count)
        {
            throw StoreArguments.EntryExists();
        }

        await chain.InsertAsync(call, added).ConfigureAwait(false);
    }

    private static void WritePlace(RowWriter row, AuditRecord entry)
    {
        row.Set("audit_id", entry.AuditId);
        row.Set("sequence", entry.Sequence);
        row.Set("previous_hash", entry.PreviousHash);
        row.Set("mac", entry.Mac);
    }
}
