using ColumnCrypt.Metadata;
using ColumnCrypt.Store.Schema;

namespace ColumnCrypt.Store.Sql;

/// <summary>
/// The audit's chain within a transaction. Who writes to it holds the lock on the one row of <c>columncrypt_schema</c>, taken before
/// any other, so that the end of the chain stays where it was read.
/// </summary>
internal sealed class SqlChain(KeyStoreDialect dialect)
{
    private readonly string _lock = SqlText.Invariant(
        $"SELECT generation FROM {dialect.Qualify(KeyTableSchema.Schema)} WHERE id = {KeyTableSchema.SchemaRow} {dialect.LockForUpdate}");

    private readonly string _readHead = $"""
        SELECT {SqlText.Columns("a", KeyTableSchema.Audit)} FROM {dialect.Qualify(KeyTableSchema.Audit)} a
        WHERE sequence IS NOT NULL ORDER BY sequence DESC LIMIT 1
        """;

    private readonly string _append = SqlText.InsertRows(dialect, KeyTableSchema.Audit);

    private readonly string _add = SqlText.Insert(dialect, KeyTableSchema.Audit, "sequence", "previous_hash");

    public async Task LockAsync(SqlCall call)
    {
        if ((await call.ListAsync(_lock, null, static reader => reader.GetInt64(0)).ConfigureAwait(false)).Count == 0)
        {
            throw dialect.NotInitialized(null);
        }
    }

    public async Task<AuditHead> ReadHeadAsync(SqlCall call)
    {
        var last = await call.ListAsync(_readHead, null, Read).ConfigureAwait(false);
        return last is [var entry] ? new AuditHead(entry.Sequence!.Value, entry) : new AuditHead(0, null);
    }

    /// <summary>Makes and writes the entries of a change, if it has any.</summary>
    public async Task AppendAsync(SqlCall call, ChainEntries? chain)
    {
        if (chain is not null)
        {
            var head = await ReadHeadAsync(call).ConfigureAwait(false);
            await AppendAsync(call, head, chain(head)).ConfigureAwait(false);
        }
    }

    /// <summary>Writes new entries at the end of the chain.</summary>
    public async Task AppendAsync(SqlCall call, AuditHead head, IReadOnlyList<AuditRecord> entries)
    {
        StoreArguments.CheckChained(head, entries);
        await InsertAsync(call, entries).ConfigureAwait(false);
    }

    /// <summary>Writes new entries whose numbers have been checked.</summary>
    public async Task InsertAsync(SqlCall call, IReadOnlyList<AuditRecord> entries)
    {
        var rows = new SqlRows(dialect, entries.Select(static entry => (Action<RowWriter>)(row => AuditRow.Write(row, entry))));
        if (await call.ExecuteRowsAsync(_append, rows).ConfigureAwait(false) != entries.Count)
        {
            throw StoreArguments.EntryExists();
        }
    }

    /// <summary>Writes an entry outside the chain, if there is one.</summary>
    public async Task AddAsync(SqlCall call, AuditRecord? entry)
    {
        if (entry is not null)
        {
            await call.ExecuteAsync(_add, row => AuditRow.WriteUnchained(row, entry)).ConfigureAwait(false);
        }
    }

    public AuditRecord Read(System.Data.Common.DbDataReader reader) => AuditRow.Read(new(reader, KeyTableSchema.Audit, 0, dialect));
}
