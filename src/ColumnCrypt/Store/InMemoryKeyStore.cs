using ColumnCrypt.Format;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Store;

/// <summary>
/// A key store in the memory of this process, with the behaviour of the others. Thread-safe. All is lost with the process.
/// </summary>
public sealed class InMemoryKeyStore : IKeyStore
{
    private readonly MemoryTables _tables;

    /// <summary>Makes an empty store.</summary>
    /// <param name="time">Gives the time at which wraps are dropped; default <see cref="TimeProvider.System"/>.</param>
    public InMemoryKeyStore(TimeProvider? time = null)
    {
        _tables = new MemoryTables(time ?? TimeProvider.System);
        Audit = new MemoryAuditStore(_tables);
        Jobs = new MemoryJobStore(_tables);
        Inventory = new MemoryKeyInventory(_tables);
    }

    /// <inheritdoc/>
    public IAuditStore Audit { get; }

    /// <inheritdoc/>
    public IJobStore Jobs { get; }

    /// <inheritdoc/>
    public IKeyInventory Inventory { get; }

    /// <inheritdoc/>
    public bool CreatesTables => true;

    /// <inheritdoc/>
    public Task CreateTablesAsync(CancellationToken cancellationToken) => _tables.Locked(static () => true, cancellationToken);

    /// <inheritdoc/>
    public Task<long> ReadGenerationAsync(CancellationToken cancellationToken) => _tables.Locked(() => _tables.Generation, cancellationToken);

    /// <inheritdoc/>
    public Task<TenantKeys> ReadTenantAsync(string tenant, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(tenant);
        return _tables.Locked(() => ReadTenant(tenant), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<string?> FindTenantAsync(KeyId keyId, CancellationToken cancellationToken) =>
        _tables.Locked(() => _tables.Keys.GetValueOrDefault(keyId)?.Tenant, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> ReadChangedTenantsAsync(long generation, CancellationToken cancellationToken) => _tables.Locked<IReadOnlyList<string>>(
        () => [.. _tables.Tenants.Values.Where(tenant => tenant.Generation > generation).OrderBy(static tenant => tenant.Generation).Select(static tenant => tenant.Tenant)],
        cancellationToken);

    /// <inheritdoc/>
    public Task<bool> TryInsertKeyAsync(NewKey key, CancellationToken cancellationToken)
    {
        StoreArguments.Check(key);
        return _tables.Locked(() => TryInsertKey(key), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<bool> TryChangeAsync(Func<long, KeyChange> makeChange, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(makeChange);
        return _tables.Locked(() => TryChange(makeChange), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<long?> ReserveUsesAsync(KeyId keyId, long uses, CancellationToken cancellationToken)
    {
        StoreArguments.CheckUses(uses);
        return _tables.Locked(() => ReserveUses(keyId, uses), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<KekRecord>> ReadKeksAsync(CancellationToken cancellationToken) => _tables.Locked<IReadOnlyList<KekRecord>>(
        () => [.. _tables.Keks.Values.OrderBy(static kek => kek.Priority).ThenBy(static kek => kek.KekId, StringComparer.Ordinal).Select(StoreCopy.Of)],
        cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<ColumnRecord>> ReadColumnsAsync(string database, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(database);
        return _tables.Locked<IReadOnlyList<ColumnRecord>>(
            () => [.. _tables.Columns.Values.Where(column => column.Database == database).Select(StoreCopy.Of)],
            cancellationToken);
    }

    /// <inheritdoc/>
    public Task<bool> TryWriteColumnsAsync(IReadOnlyList<ColumnRecord> columns, ChainEntries? chain, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(columns);
        return _tables.Locked(() => _tables.TryWriteColumns(columns, chain), cancellationToken);
    }

    private TenantKeys ReadTenant(string tenant)
    {
        List<KeyRecord> keys = [.. _tables.KeysOfTenant.GetValueOrDefault(tenant, []).Select(id => StoreCopy.Of(_tables.Keys[id])).OrderBy(static key => key.Version).ThenBy(static key => KeyKindNames.NameOf(key.Kind), StringComparer.Ordinal)];
        List<WrapRecord> wraps = [.. keys.SelectMany(key => _tables.Wraps[key.KeyId]).Where(static wrap => wrap.Wrapped is not null).Select(StoreCopy.Of)];
        return new TenantKeys(_tables.Tenants.TryGetValue(tenant, out var row) ? StoreCopy.Of(row) : null, keys, wraps);
    }

    private bool TryInsertKey(NewKey key)
    {
        if (key.Tenant is { } tenant)
        {
            var there = _tables.Tenants.GetValueOrDefault(tenant.Tenant, tenant);
            StoreArguments.DemandActive(tenant.Tenant, there.State);
            if (there.KekPolicy != tenant.KekPolicy)
            {
                return false;
            }
        }

        _tables.DemandActive(key.Wraps);
        if (_tables.Keys.ContainsKey(key.Key.KeyId) || _tables.IsExcluded(key.Key))
        {
            return false;
        }

        if (key.Tenant is not null)
        {
            _tables.Tenants.TryAdd(key.Tenant.Tenant, StoreCopy.Of(key.Tenant));
        }

        foreach (var kek in key.Keks)
        {
            _tables.Keks.TryAdd(kek.KekId, StoreCopy.Of(kek));
        }

        _tables.AddKey(key.Key, key.Wraps);
        _tables.Audit.Add(key.Entry);
        return true;
    }

    private bool TryChange(Func<long, KeyChange> makeChange)
    {
        var generation = checked(_tables.Generation + 1);
        var change = makeChange(generation);
        StoreArguments.Check(change, generation);
        if ((_tables.Tenants.GetValueOrDefault(change.Tenant.Tenant)?.RowVersion ?? 0) != change.Tenant.RowVersion - 1)
        {
            return false;
        }

        var after = _tables.KeysOfTenant.GetValueOrDefault(change.Tenant.Tenant, []).ToDictionary(static id => id, id => _tables.Keys[id]);
        foreach (var key in change.Keys)
        {
            if (!after.TryGetValue(key.KeyId, out var old) || old.RowVersion != key.RowVersion - 1)
            {
                return false;
            }

            if (after.Values.Any(other => other.KeyId != key.KeyId && MemoryTables.Excludes(other, key)))
            {
                return false;
            }

            after[key.KeyId] = StoreCopy.Of(key) with { ReservedUses = old.ReservedUses };
        }

        var entries = _tables.Audit.Make(change.Chain);
        _tables.Generation = generation;
        _tables.Tenants[change.Tenant.Tenant] = StoreCopy.Of(change.Tenant);
        foreach (var key in change.Keys)
        {
            _tables.Keys[key.KeyId] = after[key.KeyId];
            if (change.DropWraps)
            {
                DropWraps(_tables.Wraps[key.KeyId]);
            }
        }

        _tables.Audit.Append(entries);
        _tables.Audit.Add(change.Entry);
        return true;
    }

    private void DropWraps(List<WrapRecord> wraps)
    {
        for (var index = 0; index < wraps.Count; index++)
        {
            if (wraps[index].Wrapped is not null)
            {
                wraps[index] = wraps[index] with { Wrapped = null, ValidTo = _tables.Now };
            }
        }
    }

    private long? ReserveUses(KeyId keyId, long uses)
    {
        if (!_tables.Keys.TryGetValue(keyId, out var key) || key.State != KeyState.Active)
        {
            return null;
        }

        var total = key.ReservedUses > long.MaxValue - uses ? long.MaxValue : key.ReservedUses + uses;
        _tables.Keys[keyId] = key with { ReservedUses = total };
        return total;
    }
}
