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
        var emptied = await FindEmptiedAsync(call, allowed).ConfigureAwait(false);
        allowed.RemoveAll(change => emptied.Contains(change.KeyId));
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
            static reader => (Tenant: reader.GetString(0), State: reader.IsDBNull(1) ? null : reader.GetString(1), KekPolicy: reader.IsDBNull(2) ? null : reader.GetString(2))).ConfigureAwait(false);
        var open = tenants.Where(static row => row.State is not (null or nameof(TenantState.Shredded))).Select(static row => (row.Tenant, row.KekPolicy)).Append(("", null)).ToHashSet();
        await DemandActiveAsync(call, changes).ConfigureAwait(false);
        await call.ListRowsAsync(
            _sql.LockKeys,
            Rows(changes.Where(static change => change.Tenant.Length == 0), static (row, change) => row.Set("key_id", change.KeyId)),
            static _ => true).ConfigureAwait(false);

        var keys = await call.ListRowsAsync(_sql.CheckKeys, Rows(changes.Where(change => open.Contains((change.Tenant, change.KekPolicy))), WriteKey), ReadKeyId).ConfigureAwait(false);
        var allowed = keys.ToHashSet();
        return [.. changes.Where(change => allowed.Contains(change.KeyId))];
    }

    private async Task DemandActiveAsync(SqlCall call, IReadOnlyList<WrapChange> changes)
    {
        var added = changes.SelectMany(static change => change.Added).Select(static wrap => wrap.KekId).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
        var states = await call.ListRowsAsync(
            _sql.LockKeks,
            Rows(added, static (row, kekId) => row.Set("kek_id", kekId)),
            static reader => (KekId: reader.GetString(0), State: reader.IsDBNull(1) ? null : reader.GetString(1))).ConfigureAwait(false);
        foreach (var (kekId, state) in states)
        {
            StoreArguments.DemandActive(kekId, state);
        }
    }

    /// <summary>The keys that would be left without a wrap that has bytes.</summary>
    private async Task<HashSet<KeyId>> FindEmptiedAsync(SqlCall call, List<WrapChange> changes)
    {
        var rows = await call.ListRowsAsync(
            _sql.CountLive,
            Rows(Dropped(changes.Where(static change => change.Added.Count == 0)), WriteName),
            static reader => (KeyId: ReadKeyId(reader), IsLive: reader.GetInt64(1), Live: reader.GetInt64(2))).ConfigureAwait(false);
        return [.. rows.GroupBy(static row => row.KeyId).Where(static key => key.Sum(static row => row.IsLive) >= key.First().Live).Select(static key => key.Key)];
    }

    private Task<int> DropAsync(SqlCall call, List<WrapChange> changes)
    {
        var now = time.GetUtcNow();
        return call.ExecuteRowsAsync(
            _sql.Drop,
            Rows(
                Dropped(changes),
                (row, dropped) =>
                {
                    WriteName(row, dropped);
                    row.Set("valid_to", now);
                }));
    }

    private static IEnumerable<(KeyId KeyId, WrapName Name)> Dropped(IEnumerable<WrapChange> changes) =>
        changes.SelectMany(static change => change.Dropped.Select(name => (change.KeyId, name)));

    private static void WriteName(RowWriter row, (KeyId KeyId, WrapName Name) wrap)
    {
        row.Set("key_id", wrap.KeyId);
        row.Set("kek_id", wrap.Name.KekId);
        row.Set("kek_version", wrap.Name.KekVersion);
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
