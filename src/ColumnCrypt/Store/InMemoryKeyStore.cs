using ColumnCrypt.Format;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Store;

/// <summary>
/// A key store in the memory of this process, with the behaviour of the others. Thread-safe. All is lost with the process.
/// </summary>
/// <param name="time">Gives the time at which wraps are dropped; default <see cref="TimeProvider.System"/>.</param>
public sealed class InMemoryKeyStore(TimeProvider? time = null) : IKeyStore
{
    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, TenantRecord> _tenants = new(StringComparer.Ordinal);
    private readonly Dictionary<KeyId, KeyRecord> _keys = [];
    private readonly Dictionary<string, List<KeyId>> _keysOfTenant = new(StringComparer.Ordinal);
    private readonly Dictionary<KeyId, List<WrapRecord>> _wraps = [];
    private readonly Dictionary<string, KekRecord> _keks = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Database, string Schema, string Table, string Column), ColumnRecord> _columns = [];
    private long _generation;

    /// <inheritdoc/>
    public bool CreatesTables => true;

    /// <inheritdoc/>
    public Task CreateTablesAsync(CancellationToken cancellationToken) => Locked(static () => true, cancellationToken);

    /// <inheritdoc/>
    public Task<long> ReadGenerationAsync(CancellationToken cancellationToken) => Locked(() => _generation, cancellationToken);

    /// <inheritdoc/>
    public Task<TenantKeys> ReadTenantAsync(string tenant, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(tenant);
        return Locked(() => ReadTenant(tenant), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<string?> FindTenantAsync(KeyId keyId, CancellationToken cancellationToken) =>
        Locked(() => _keys.GetValueOrDefault(keyId)?.Tenant, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> ReadChangedTenantsAsync(long generation, CancellationToken cancellationToken) => Locked<IReadOnlyList<string>>(
        () => [.. _tenants.Values.Where(tenant => tenant.Generation > generation).OrderBy(static tenant => tenant.Generation).Select(static tenant => tenant.Tenant)],
        cancellationToken);

    /// <inheritdoc/>
    public Task<bool> TryInsertKeyAsync(NewKey key, CancellationToken cancellationToken)
    {
        StoreArguments.Check(key);
        return Locked(() => TryInsertKey(key), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<bool> TryChangeAsync(Func<long, KeyChange> makeChange, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(makeChange);
        return Locked(() => TryChange(makeChange), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<long?> ReserveUsesAsync(KeyId keyId, long uses, CancellationToken cancellationToken)
    {
        StoreArguments.CheckUses(uses);
        return Locked(() => ReserveUses(keyId, uses), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<KekRecord>> ReadKeksAsync(CancellationToken cancellationToken) => Locked<IReadOnlyList<KekRecord>>(
        () => [.. _keks.Values.OrderBy(static kek => kek.Priority).ThenBy(static kek => kek.KekId, StringComparer.Ordinal).Select(StoreCopy.Of)],
        cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<ColumnRecord>> ReadColumnsAsync(string database, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(database);
        return Locked<IReadOnlyList<ColumnRecord>>(
            () => [.. _columns.Values.Where(column => column.Database == database).Select(StoreCopy.Of)],
            cancellationToken);
    }

    /// <inheritdoc/>
    public Task AddColumnsAsync(IReadOnlyList<ColumnRecord> columns, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(columns);
        return Locked(() => AddColumns(columns), cancellationToken);
    }

    private Task<T> Locked<T>(Func<T> work, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return Task.FromCanceled<T>(cancellationToken);
        }

        try
        {
            lock (_lock)
            {
                return Task.FromResult(work());
            }
        }
        catch (Exception error)
        {
            return Task.FromException<T>(error);
        }
    }

    private TenantKeys ReadTenant(string tenant)
    {
        List<KeyRecord> keys = [.. _keysOfTenant.GetValueOrDefault(tenant, []).Select(id => StoreCopy.Of(_keys[id])).OrderBy(static key => key.Version).ThenBy(static key => KeyKindNames.NameOf(key.Kind), StringComparer.Ordinal)];
        List<WrapRecord> wraps = [.. keys.SelectMany(key => _wraps[key.KeyId]).Where(static wrap => wrap.Wrapped is not null).Select(StoreCopy.Of)];
        return new TenantKeys(_tenants.TryGetValue(tenant, out var row) ? StoreCopy.Of(row) : null, keys, wraps);
    }

    private bool TryInsertKey(NewKey key)
    {
        if (key.Tenant is { } tenant)
        {
            StoreArguments.DemandActive(tenant.Tenant, _tenants.GetValueOrDefault(tenant.Tenant, tenant).State);
        }

        var ofTenant = _keysOfTenant.GetValueOrDefault(key.Key.Tenant, []);
        if (_keys.ContainsKey(key.Key.KeyId) || ofTenant.Any(id => Excludes(_keys[id], key.Key)))
        {
            return false;
        }

        if (key.Tenant is not null)
        {
            _tenants.TryAdd(key.Tenant.Tenant, StoreCopy.Of(key.Tenant));
        }

        foreach (var kek in key.Keks)
        {
            _keks.TryAdd(kek.KekId, StoreCopy.Of(kek));
        }

        _keys.Add(key.Key.KeyId, StoreCopy.Of(key.Key));
        _keysOfTenant[key.Key.Tenant] = [.. ofTenant, key.Key.KeyId];
        _wraps.Add(key.Key.KeyId, [.. key.Wraps.Select(StoreCopy.Of)]);
        return true;
    }

    private int AddColumns(IReadOnlyList<ColumnRecord> columns) =>
        columns.Count(column => _columns.TryAdd((column.Database, column.Schema, column.Table, column.Column), StoreCopy.Of(column)));

    private static bool Excludes(KeyRecord old, KeyRecord added) =>
        old.Kind == added.Kind && (old.Version == added.Version || (IsSingleActive(old) && IsSingleActive(added)));

    private static bool IsSingleActive(KeyRecord key) => key.State == KeyState.Active && (key.Kind is KeyKind.Data or KeyKind.Installation);

    private bool TryChange(Func<long, KeyChange> makeChange)
    {
        var generation = checked(_generation + 1);
        var change = makeChange(generation);
        StoreArguments.Check(change, generation);
        if (!_tenants.TryGetValue(change.Tenant.Tenant, out var tenant) || tenant.RowVersion != change.Tenant.RowVersion - 1)
        {
            return false;
        }

        var after = _keysOfTenant.GetValueOrDefault(change.Tenant.Tenant, []).ToDictionary(static id => id, id => _keys[id]);
        foreach (var key in change.Keys)
        {
            if (!after.TryGetValue(key.KeyId, out var old) || old.RowVersion != key.RowVersion - 1)
            {
                return false;
            }

            if (after.Values.Any(other => other.KeyId != key.KeyId && Excludes(other, key)))
            {
                return false;
            }

            after[key.KeyId] = StoreCopy.Of(key) with { ReservedUses = old.ReservedUses };
        }

        _generation = generation;
        _tenants[change.Tenant.Tenant] = StoreCopy.Of(change.Tenant);
        foreach (var key in change.Keys)
        {
            _keys[key.KeyId] = after[key.KeyId];
            if (change.DropWraps)
            {
                DropWraps(_wraps[key.KeyId]);
            }
        }

        return true;
    }

    private void DropWraps(List<WrapRecord> wraps)
    {
        for (var index = 0; index < wraps.Count; index++)
        {
            if (wraps[index].Wrapped is not null)
            {
                wraps[index] = wraps[index] with { Wrapped = null, ValidTo = StoreTime.Truncate(_time.GetUtcNow()) };
            }
        }
    }

    private long? ReserveUses(KeyId keyId, long uses)
    {
        if (!_keys.TryGetValue(keyId, out var key) || key.State != KeyState.Active)
        {
            return null;
        }

        var total = key.ReservedUses > long.MaxValue - uses ? long.MaxValue : key.ReservedUses + uses;
        _keys[keyId] = key with { ReservedUses = total };
        return total;
    }
}
