using System.Data.Common;
using ColumnCrypt.Format;
using ColumnCrypt.Metadata;
using ColumnCrypt.Store.Schema;

namespace ColumnCrypt.Store.Sql;

/// <summary>
/// The key tables in a database. Uses connections of its own, a few at most, each for one short call; sets nothing on them that
/// would outlive a transaction, so that a transaction pooler may stand between. Thread-safe.
/// </summary>
public sealed class SqlKeyStore : IKeyStore, IDisposable, IAsyncDisposable
{
    private readonly KeyStoreDialect _dialect;
    private readonly SqlKeyStoreOptions _options;
    private readonly SqlConnections _connections;
    private readonly SqlStatements _sql;
    private readonly SqlWrites _writes;

    /// <summary>Makes a store. Does no I/O.</summary>
    /// <param name="source">Opens connections to the primary, never enlisted in an ambient transaction. Disposed with the store.</param>
    /// <param name="dialect">What the database speaks.</param>
    /// <param name="options">The bounds; null for the defaults.</param>
    /// <param name="signal">What tells of changes at once; null for nothing.</param>
    /// <exception cref="EncryptionModelException">An option is out of range.</exception>
    public SqlKeyStore(DbDataSource source, KeyStoreDialect dialect, SqlKeyStoreOptions? options = null, IGenerationSignal? signal = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(dialect);
        _dialect = dialect;
        _options = options ?? new SqlKeyStoreOptions();
        _options.Validate();
        _connections = new SqlConnections(source, dialect, _options);
        _sql = new SqlStatements(dialect);
        var chain = new SqlChain(dialect);
        var jobs = new SqlJobStore(_connections, dialect, chain);
        _writes = new SqlWrites(dialect, _sql, chain, _options.TimeProvider);
        Signal = signal;
        Audit = new SqlAuditStore(_connections, dialect, chain);
        Jobs = jobs;
        Inventory = new SqlKeyInventory(_connections, dialect, chain, new SqlWrapChanges(dialect, chain, jobs, _options.TimeProvider));
    }

    /// <inheritdoc/>
    public IAuditStore Audit { get; }

    /// <inheritdoc/>
    public IJobStore Jobs { get; }

    /// <inheritdoc/>
    public IKeyInventory Inventory { get; }

    /// <inheritdoc/>
    public IGenerationSignal? Signal { get; }

    /// <inheritdoc/>
    public bool CreatesTables => _options.CreateTables;

    /// <inheritdoc/>
    /// <exception cref="KeyUnavailableException">
    /// The tables are of a newer version than this ColumnCrypt knows (<see cref="KeyUnavailableReason.NotInitialized"/>), or the
    /// database does not answer within <see cref="SqlKeyStoreOptions.CreateTimeout"/>.
    /// </exception>
    public async Task CreateTablesAsync(CancellationToken cancellationToken)
    {
        switch (await ReadVersionAsync(cancellationToken).ConfigureAwait(false))
        {
            case null:
                await _connections.RunAsync(CreateAsync, _options.CreateTimeout, cancellationToken).ConfigureAwait(false);
                break;
            case > KeyTableSchema.Version and var version:
                throw new KeyUnavailableException(
                    KeyUnavailableReason.NotInitialized,
                    $"The key tables in {_dialect.Place} have version {version}; this ColumnCrypt knows version {KeyTableSchema.Version}. Use a newer ColumnCrypt.");
            case not null when _options.CreateTables:
                // Who may make the tables may make what they lack.
                await UpgradeTablesAsync(cancellationToken).ConfigureAwait(false);
                break;
        }
    }

    /// <inheritdoc/>
    public Task UpgradeTablesAsync(CancellationToken cancellationToken) => _connections.RunAsync(UpgradeAsync, _options.CreateTimeout, cancellationToken);

    /// <inheritdoc/>
    public Task<long> ReadGenerationAsync(CancellationToken cancellationToken) => _connections.RunAsync(
        async call =>
        {
            var rows = await call.ListAsync(_sql.ReadGeneration, null, static reader => reader.GetInt64(0)).ConfigureAwait(false);
            return rows is [var generation] ? generation : throw _dialect.NotInitialized(null);
        },
        cancellationToken);

    /// <inheritdoc/>
    public Task<TenantKeys> ReadTenantAsync(string tenant, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(tenant);
        return _connections.RunAsync(
            async call =>
            {
                var rows = new TenantRows(_dialect);
                await call.QueryAsync(_sql.ReadTenant, row => row.Set("tenant", tenant), rows.Add).ConfigureAwait(false);
                return rows.ToTenantKeys();
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public Task<string?> FindTenantAsync(KeyId keyId, CancellationToken cancellationToken) => _connections.RunAsync(
        async call =>
        {
            var rows = await call.ListAsync(_sql.FindTenant, row => row.Set("key_id", keyId), static reader => reader.GetString(0)).ConfigureAwait(false);
            return rows.SingleOrDefault();
        },
        cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> ReadChangedTenantsAsync(long generation, CancellationToken cancellationToken) => _connections.RunAsync<IReadOnlyList<string>>(
        async call =>
        {
            List<string> tenants = [];
            if (generation == long.MaxValue)
            {
                return tenants;
            }

            // Below every tenant of the next generation: no id is empty.
            var (last, lastTenant) = (generation + 1, "");
            List<(long, string)> page;
            do
            {
                page = await call.ListAsync(
                    _sql.ReadChangedTenants,
                    row =>
                    {
                        row.Set("generation", last);
                        row.Set("tenant", lastTenant);
                    },
                    static reader => (reader.GetInt64(0), reader.GetString(1))).ConfigureAwait(false);
                tenants.AddRange(page.Select(static row => row.Item2));
                (last, lastTenant) = page is [.., var end] ? end : (last, lastTenant);
            }
            while (page.Count == SqlStatements.PageSize);
            return tenants;
        },
        cancellationToken);

    /// <inheritdoc/>
    public Task<bool> TryInsertKeyAsync(NewKey key, CancellationToken cancellationToken)
    {
        StoreArguments.Check(key);
        return _connections.RunAsync(call => _writes.TryInsertKeyAsync(call, key), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<bool> TryChangeAsync(Func<long, KeyChange> makeChange, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(makeChange);
        return _connections.RunAsync(call => _writes.TryChangeAsync(call, makeChange), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<long?> ReserveUsesAsync(KeyId keyId, long uses, CancellationToken cancellationToken)
    {
        StoreArguments.CheckUses(uses);
        return _connections.RunAsync(
            async call =>
            {
                var totals = await call.ListAsync(
                    _sql.ReserveUses,
                    row =>
                    {
                        row.Set("key_id", keyId);
                        row.Set("uses", uses);
                    },
                    static reader => reader.GetInt64(0)).ConfigureAwait(false);
                return totals is [var total] ? total : (long?)null;
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<KekRecord>> ReadKeksAsync(CancellationToken cancellationToken) => _connections.RunAsync<IReadOnlyList<KekRecord>>(
        async call => await call.ListAsync(_sql.ReadKeks, null, reader => KekRow.Read(new(reader, KeyTableSchema.Kek, 0, _dialect))).ConfigureAwait(false),
        cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<ColumnRecord>> ReadColumnsAsync(string database, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(database);
        return _connections.RunAsync<IReadOnlyList<ColumnRecord>>(
            async call => await call.ListAsync(
                _sql.ReadColumns,
                row => row.Set("database_name", database),
                reader => ColumnRow.Read(new(reader, KeyTableSchema.Column, 0, _dialect))).ConfigureAwait(false),
            cancellationToken);
    }

    /// <inheritdoc/>
    public Task<bool> TryWriteColumnsAsync(IReadOnlyList<ColumnRecord> columns, ChainEntries? chain, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(columns);

        return columns.Count == 0 ? Task.FromResult(true) : _connections.RunAsync(call => _writes.TryWriteColumnsAsync(call, columns, chain), cancellationToken);
    }

    /// <summary>Closes the store's connections.</summary>
    public void Dispose() => _connections.Dispose();

    /// <inheritdoc cref="Dispose"/>
    public ValueTask DisposeAsync() => _connections.DisposeAsync();

    private async Task<long?> ReadVersionAsync(CancellationToken cancellationToken)
    {
        try
        {
            var rows = await _connections.RunAsync(
                call => call.ListAsync(_sql.ReadVersion, null, static reader => reader.GetInt64(0)), cancellationToken).ConfigureAwait(false);
            return rows is [var version] ? version : null;
        }
        catch (KeyUnavailableException error) when (error.Reason == KeyUnavailableReason.NotInitialized)
        {
            return null;
        }
    }

    private async Task<bool> UpgradeAsync(SqlCall call)
    {
        // Mostly nothing is lacking, and that is asked without the rights of the tables' owner and without a lock.
        if ((await LackingAsync(call).ConfigureAwait(false)).Count == 0)
        {
            return false;
        }

        await call.BeginAsync().ConfigureAwait(false);
        foreach (var statement in _dialect.CreatePreamble)
        {
            await call.ExecuteAsync(statement).ConfigureAwait(false);
        }

        foreach (var statement in await LackingAsync(call).ConfigureAwait(false))
        {
            await call.ExecuteAsync(statement).ConfigureAwait(false);
        }

        await call.CommitAsync().ConfigureAwait(false);
        return true;
    }

    private async Task<List<string>> LackingAsync(SqlCall call)
    {
        List<string> statements = [];
        foreach (var table in KeyTableSchema.Tables.Where(static table => table.Columns.Any(static column => column.Default is not null)))
        {
            var there = await call.NamesAsync($"SELECT * FROM {_dialect.Qualify(table)} WHERE 1 = 0").ConfigureAwait(false);
            statements.AddRange(_dialect.Upgrades(table, there));
        }

        return statements;
    }

    private async Task<bool> CreateAsync(SqlCall call)
    {
        foreach (var statement in _dialect.BeforeCreate)
        {
            await call.ExecuteAsync(statement).ConfigureAwait(false);
        }

        await call.BeginAsync().ConfigureAwait(false);
        foreach (var statement in _dialect.CreatePreamble.Concat(_dialect.CreateStatements))
        {
            await call.ExecuteAsync(statement).ConfigureAwait(false);
        }

        await call.CommitAsync().ConfigureAwait(false);
        return true;
    }
}
