using ColumnCrypt.Format;
using ColumnCrypt.Metadata;
using ColumnCrypt.Store.Schema;

namespace ColumnCrypt.Store.Sql;

/// <summary>Changes of many keys' wraps in one transaction, by a fixed number of statements where the dialect takes arrays.</summary>
internal sealed class SqlWrapChanges(KeyStoreDialect dialect, SqlChain chain, SqlJobStore jobs, TimeProvider time)
{
    private readonly WrapStatements _sql = new(dialect);

    // The chain's lock comes first, so no two batches run at once: what is read of the wraps stays so. The tenants' locks keep every
    // other change of their keys away.
    public async Task<IReadOnlySet<KeyId>?> ApplyAsync(SqlCall call, IReadOnlyList<WrapChange> changes, Func<IReadOnlySet<KeyId>, AuditHead, BatchEnd> finish)
    {
        await call.BeginAsync().ConfigureAwait(false);
        await chain.LockAsync(call).ConfigureAwait(false);
        var head = await chain.ReadHeadAsync(call).ConfigureAwait(false);
        var allowed = await LockAsync(call, changes).ConfigureAwait(false);
        var live = await ReadLiveAsync(call, allowed).ConfigureAwait(false);
        allowed.RemoveAll(change => change.Dropped.Count > 0 && !LeavesOne(change, live[change.KeyId]));
        await call.ExecuteRowsAsync(_sql.Add, Rows(allowed.SelectMany(static change => change.Added), static (row, wrap) => WrapRow.Write(row, wrap with { ValidTo = null })))
            .ConfigureAwait(false);
        await DropAsync(call, allowed).ConfigureAwait(false);

        var applied = allowed.Select(static change => change.KeyId).ToHashSet();
        var end = finish(applied, head);
        if (end.Job is { } job && !await jobs.TryUpdateAsync(call, job).ConfigureAwait(false))
        {
            return null;
        }

        await chain.AppendAsync(call, head, end.Entries).ConfigureAwait(false);
        await call.CommitAsync().ConfigureAwait(false);
        return applied;
    }

    /// <summary>Locks what keeps the keys' states, and gives the changes that these allow.</summary>
    private async Task<List<WrapChange>> LockAsync(SqlCall call, IReadOnlyList<WrapChange> changes)
    {
        var tenants = await call.ListRowsAsync(
            _sql.LockTenants,
            Rows(changes.Select(static change => change.Tenant).Where(static tenant => tenant.Length > 0).Distinct(), static (row, tenant) => row.Set("tenant", tenant)),
            static reader => (Tenant: reader.GetString(0), State: reader.GetString(1))).ConfigureAwait(false);
        var open = tenants.Where(static row => row.State != nameof(TenantState.Shredded)).Select(static row => row.Tenant).Append("").ToHashSet(StringComparer.Ordinal);
        await call.ListRowsAsync(
            _sql.LockKeys, Rows(changes.Where(static change => change.Tenant.Length == 0), static (row, change) => row.Set("key_id", change.KeyId)), ReadKeyId).ConfigureAwait(false);

        var keys = await call.ListRowsAsync(_sql.CheckKeys, Rows(changes.Where(change => open.Contains(change.Tenant)), WriteKey), ReadKeyId).ConfigureAwait(false);
        var allowed = keys.ToHashSet();
        return [.. changes.Where(change => allowed.Contains(change.KeyId))];
    }

    private async Task<ILookup<KeyId, WrapName>> ReadLiveAsync(SqlCall call, List<WrapChange> changes)
    {
        var rows = await call.ListRowsAsync(
            _sql.ReadLive,
            Rows(changes.Where(static change => change.Dropped.Count > 0), static (row, change) => row.Set("key_id", change.KeyId)),
            static reader => (KeyId: ReadKeyId(reader), Name: new WrapName(reader.GetString(1), reader.GetString(2)))).ConfigureAwait(false);
        return rows.ToLookup(static row => row.KeyId, static row => row.Name);
    }

    private static bool LeavesOne(WrapChange change, IEnumerable<WrapName> live) => change.Added.Count > 0 || live.Except(change.Dropped).Any();

    private Task<int> DropAsync(SqlCall call, List<WrapChange> changes)
    {
        var now = time.GetUtcNow();
        return call.ExecuteRowsAsync(
            _sql.Drop,
            Rows(
                changes.SelectMany(static change => change.Dropped.Select(name => (change.KeyId, Name: name))),
                (row, dropped) =>
                {
                    row.Set("key_id", dropped.KeyId);
                    row.Set("kek_id", dropped.Name.KekId);
                    row.Set("kek_version", dropped.Name.KekVersion);
                    row.Set("valid_to", now);
                }));
    }

    private static void WriteKey(RowWriter row, WrapChange change)
    {
        row.Set("key_id", change.KeyId);
        row.Set("tenant", change.Tenant);
        row.Set("row_version", change.RowVersion);
    }

    private static KeyId ReadKeyId(System.Data.Common.DbDataReader reader) => new(reader.GetFieldValue<byte[]>(0));

    private SqlRows Rows<T>(IEnumerable<T> records, Action<RowWriter, T> write) =>
        new(dialect, records.Select(record => (Action<RowWriter>)(row => write(row, record))));
}
