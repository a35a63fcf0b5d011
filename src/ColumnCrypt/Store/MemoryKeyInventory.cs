using ColumnCrypt.Format;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Store;

/// <summary>All keys of an <see cref="InMemoryKeyStore"/>.</summary>
internal sealed class MemoryKeyInventory(MemoryTables tables) : IKeyInventory
{
    private readonly MemoryWrapChanges _changes = new(tables);

    public Task<IReadOnlyList<TenantRecord>> ReadTenantsAsync(string after, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckPage(after, limit);
        return tables.Locked<IReadOnlyList<TenantRecord>>(
            () => [.. tables.Tenants.Values.SkipWhile(row => Utf8Order.Instance.Compare(row.Tenant, after) <= 0).Take(limit).Select(StoreCopy.Of)],
            cancellationToken);
    }

    public Task<IReadOnlyList<TenantRecord>> ReadDueTenantsAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckPage(limit);
        return tables.Locked<IReadOnlyList<TenantRecord>>(
            () =>
            [
                .. tables.Tenants.Values
                    .Where(row => row.Hold is null && row.ShredDueAt <= StoreTime.Truncate(now))
                    .OrderBy(static row => row.ShredDueAt)
                    .Take(limit)
                    .Select(StoreCopy.Of),
            ],
            cancellationToken);
    }

    public Task<IReadOnlyList<KeyWithWraps>> ReadKeysAsync(KeyId? after, KeyId? until, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckPage(limit);
        var from = after ?? KeyIdOrder.Lowest;
        var to = until ?? KeyIdOrder.Highest;
        return tables.Locked<IReadOnlyList<KeyWithWraps>>(
            () => KeyIdOrder.Instance.Compare(from, to) > 0 ? [] : [.. tables.KeyOrder.GetViewBetween(from, to).Where(id => id != after).Take(limit).Select(WithWraps)],
            cancellationToken);
    }

    public Task<IReadOnlyList<KeyWithWraps>> ReadKeysOfAsync(string tenant, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(tenant);
        return tables.Locked<IReadOnlyList<KeyWithWraps>>(
            () => [.. tables.KeysOfTenant.GetValueOrDefault(tenant, []).Order(KeyIdOrder.Instance).Select(WithWraps)], cancellationToken);
    }

    public Task<StoreCounts> CountAsync(CancellationToken cancellationToken) => tables.Locked(
        () => new StoreCounts(
            tables.Tenants.Values.GroupBy(static row => row.State).ToDictionary(static group => group.Key, static group => group.LongCount()),
            tables.Keys.Values.GroupBy(static row => (row.Kind, row.State)).ToDictionary(static group => group.Key, static group => group.LongCount()),
            tables.Wraps.Values.SelectMany(static wraps => wraps).Where(static wrap => wrap.Wrapped is not null)
                .GroupBy(static wrap => wrap.KekId, StringComparer.Ordinal).ToDictionary(static group => group.Key, static group => group.LongCount(), StringComparer.Ordinal),
            tables.Generation),
        cancellationToken);

    public Task<KekDependence> CountDependentsAsync(string kekId, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(kekId);
        return tables.Locked(() => tables.CountDependents(kekId), cancellationToken);
    }

    public Task<IReadOnlySet<KeyId>?> ChangeWrapsAsync(
        IReadOnlyList<WrapChange> changes, Func<IReadOnlySet<KeyId>, AuditHead, BatchEnd> finish, CancellationToken cancellationToken)
    {
        StoreArguments.Check(changes);
        ArgumentNullException.ThrowIfNull(finish);
        return tables.Locked(() => _changes.Apply(changes, finish), cancellationToken);
    }

    public Task<bool> TryWriteKekAsync(KekRecord kek, ChainEntries? chain, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(kek);
        return tables.Locked(
            () =>
            {
                if (kek.RowVersion != checked((tables.Keks.GetValueOrDefault(kek.KekId)?.RowVersion ?? 0) + 1))
                {
                    return false;
                }

                if (kek.State != KekState.Active)
                {
                    StoreArguments.DemandUnused(kek, tables.CountDependents(kek.KekId));
                }

                var entries = tables.Audit.Make(chain);
                tables.Generation = checked(tables.Generation + 1);
                tables.Keks[kek.KekId] = StoreCopy.Of(kek);
                tables.Audit.Append(entries);
                return true;
            },
            cancellationToken);
    }

    public Task RestoreAsync(StoreRows rows, CancellationToken cancellationToken)
    {
        StoreArguments.Check(rows);
        return tables.Locked(() => Restore(rows), cancellationToken);
    }

    public Task<IReadOnlyList<ColumnRecord>> ReadManifestAsync(CancellationToken cancellationToken) =>
        tables.Locked<IReadOnlyList<ColumnRecord>>(() => [.. tables.Columns.Values.Select(StoreCopy.Of)], cancellationToken);

    public Task RaiseGenerationAsync(long generation, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(generation);
        return tables.Locked(() => tables.Generation = Math.Max(tables.Generation, generation), cancellationToken);
    }

    private KeyWithWraps WithWraps(KeyId id) => new(
        StoreCopy.Of(tables.Keys[id]),
        tables.Tenants.TryGetValue(tables.Keys[id].Tenant, out var tenant) ? StoreCopy.Of(tenant) : null,
        [.. tables.Wraps[id].OrderBy(static wrap => wrap.KekId, Utf8Order.Instance).ThenBy(static wrap => wrap.KekVersion, Utf8Order.Instance).Select(StoreCopy.Of)]);

    private bool Restore(StoreRows rows)
    {
        foreach (var tenant in rows.Tenants)
        {
            tables.Tenants.TryAdd(tenant.Tenant, StoreCopy.Of(tenant));
        }

        foreach (var kek in rows.Keks)
        {
            tables.Keks.TryAdd(kek.KekId, StoreCopy.Of(kek));
        }

        foreach (var key in rows.Keys)
        {
            if (!tables.Keys.ContainsKey(key.Key.KeyId) && !tables.IsExcluded(key.Key))
            {
                tables.AddKey(key.Key, []);
            }

            if (tables.Wraps.TryGetValue(key.Key.KeyId, out var wraps))
            {
                wraps.AddRange(key.Wraps.Where(added => !wraps.Exists(wrap => wrap.KekId == added.KekId && wrap.KekVersion == added.KekVersion)).Select(StoreCopy.Of));
            }
        }

        foreach (var column in rows.Columns)
        {
            tables.TryAddColumn(column);
        }

        foreach (var entry in rows.Audit)
        {
            tables.Audit.Restore(entry);
        }

        return true;
    }
}
