using System.Data.Common;
using ColumnCrypt.Format;
using ColumnCrypt.Metadata;
using ColumnCrypt.Store.Schema;

namespace ColumnCrypt.Store.Sql;

/// <summary>All keys in a database.</summary>
internal sealed class SqlKeyInventory(SqlConnections connections, KeyStoreDialect dialect, SqlChain chain, SqlWrapChanges changes) : IKeyInventory
{
    private readonly InventoryStatements _sql = new(dialect);
    private readonly SqlRestore _restore = new(dialect);

    public Task<IReadOnlyList<TenantRecord>> ReadTenantsAsync(string after, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckPage(after, limit);
        return ListAsync(
            _sql.ReadTenants,
            row =>
            {
                row.Set("tenant", after);
                row.Set("limit", limit);
            },
            ReadTenant,
            cancellationToken);
    }

    public Task<IReadOnlyList<TenantRecord>> ReadDueTenantsAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckPage(limit);
        return ListAsync(
            _sql.ReadDueTenants,
            row =>
            {
                row.Set("now", now);
                row.Set("limit", limit);
            },
            ReadTenant,
            cancellationToken);
    }

    public Task<IReadOnlyList<KeyWithWraps>> ReadKeysAsync(KeyId? after, KeyId? until, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckPage(limit);
        return ReadKeysAsync(
            _sql.ReadKeys,
            row =>
            {
                row.Set("after", after?.ToArray() ?? []);
                row.Set("until", until ?? KeyIdOrder.Highest);
                row.Set("limit", limit);
            },
            cancellationToken);
    }

    public Task<IReadOnlyList<KeyWithWraps>> ReadKeysOfAsync(string tenant, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(tenant);
        return ReadKeysAsync(_sql.ReadKeysOf, row => row.Set("tenant", tenant), cancellationToken);
    }

    public Task<StoreCounts> CountAsync(CancellationToken cancellationToken) => connections.RunAsync(
        async call =>
        {
            var rows = new CountRows(dialect);
            await call.QueryAsync(_sql.Count, null, rows.Add).ConfigureAwait(false);
            return rows.ToCounts();
        },
        cancellationToken);

    public Task<KekDependence> CountDependentsAsync(string kekId, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(kekId);
        return connections.RunAsync(call => CountDependentsAsync(call, kekId), cancellationToken);
    }

    public Task<IReadOnlySet<KeyId>?> ChangeWrapsAsync(
        IReadOnlyList<WrapChange> changed, Func<IReadOnlySet<KeyId>, AuditHead, BatchEnd> finish, CancellationToken cancellationToken)
    {
        StoreArguments.Check(changed);
        ArgumentNullException.ThrowIfNull(finish);
        return connections.RunAsync(call => changes.ApplyAsync(call, changed, finish), cancellationToken);
    }

    public Task<bool> TryWriteKekAsync(KekRecord kek, ChainEntries? entries, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(kek);
        return connections.RunAsync(
            async call =>
            {
                await call.BeginAsync().ConfigureAwait(false);
                if (await call.ExecuteAsync(_sql.RaiseByOne).ConfigureAwait(false) == 0)
                {
                    throw dialect.NotInitialized(null);
                }

                var statement = kek.RowVersion == 1 ? _sql.InsertKek : _sql.UpdateKek;
                if (await call.ExecuteAsync(statement, row => KekRow.Write(row, kek)).ConfigureAwait(false) == 0)
                {
                    return false;
                }

                // Who wraps a new key under it holds its row for share, so it is counted here or refused there.
                if (kek.State != KekState.Active)
                {
                    StoreArguments.DemandUnused(kek, await CountDependentsAsync(call, kek.KekId).ConfigureAwait(false));
                }

                await chain.AppendAsync(call, entries).ConfigureAwait(false);
                await call.CommitAsync().ConfigureAwait(false);
                return true;
            },
            cancellationToken);
    }

    public Task RestoreAsync(StoreRows rows, CancellationToken cancellationToken)
    {
        StoreArguments.Check(rows);
        return connections.RunAsync(call => _restore.RunAsync(call, rows), cancellationToken);
    }

    public Task<IReadOnlyList<ColumnRecord>> ReadManifestAsync(CancellationToken cancellationToken) =>
        ListAsync(_sql.ReadManifest, null, reader => ColumnRow.Read(new(reader, KeyTableSchema.Column, 0, dialect)), cancellationToken);

    public Task RaiseGenerationAsync(long generation, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(generation);
        return connections.RunAsync(
            async call => await call.ExecuteAsync(_sql.RaiseGeneration, row => row.Set("generation", generation)).ConfigureAwait(false) == 1
                ? true
                : throw dialect.NotInitialized(null),
            cancellationToken);
    }

    private async Task<KekDependence> CountDependentsAsync(SqlCall call, string kekId) => new(
        await CountAsync(call, _sql.CountDependents, kekId).ConfigureAwait(false), await CountAsync(call, _sql.CountSoleDependents, kekId).ConfigureAwait(false));

    private static async Task<long> CountAsync(SqlCall call, string statement, string kekId) =>
        (await call.ListAsync(statement, row => row.Set("kek_id", kekId), static reader => reader.GetInt64(0)).ConfigureAwait(false)).Single();

    private Task<IReadOnlyList<KeyWithWraps>> ReadKeysAsync(string statement, Action<RowWriter> bind, CancellationToken cancellationToken) => connections.RunAsync(
        async call =>
        {
            var rows = new KeyRows(dialect);
            await call.QueryAsync(statement, bind, rows.Add).ConfigureAwait(false);
            return rows.Keys;
        },
        cancellationToken);

    private Task<IReadOnlyList<T>> ListAsync<T>(string statement, Action<RowWriter>? bind, Func<DbDataReader, T> read, CancellationToken cancellationToken) =>
        connections.RunAsync<IReadOnlyList<T>>(async call => await call.ListAsync(statement, bind, read).ConfigureAwait(false), cancellationToken);

    private TenantRecord ReadTenant(DbDataReader reader) => TenantRow.Read(new(reader, KeyTableSchema.Tenant, 0, dialect));
}
