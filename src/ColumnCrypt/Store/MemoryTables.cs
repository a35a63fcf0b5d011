using ColumnCrypt.Format;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Store;

/// <summary>The tables of an <see cref="InMemoryKeyStore"/>, and the lock that stands for a transaction. Touched inside <see cref="Locked"/> alone.</summary>
internal sealed class MemoryTables(TimeProvider time)
{
    private readonly Lock _lock = new();

    public SortedDictionary<string, TenantRecord> Tenants { get; } = new(Utf8Order.Instance);

    public Dictionary<KeyId, KeyRecord> Keys { get; } = [];

    public SortedSet<KeyId> KeyOrder { get; } = new(KeyIdOrder.Instance);

    public Dictionary<string, List<KeyId>> KeysOfTenant { get; } = new(StringComparer.Ordinal);

    public Dictionary<KeyId, List<WrapRecord>> Wraps { get; } = [];

    public Dictionary<string, KekRecord> Keks { get; } = new(StringComparer.Ordinal);

    public Dictionary<(string Database, string Schema, string Table, string Column), ColumnRecord> Columns { get; } = [];

    public SortedDictionary<string, JobRecord> Jobs { get; } = new(Utf8Order.Instance);

    public SortedDictionary<string, NodeRecord> Nodes { get; } = new(Utf8Order.Instance);

    public MemoryAuditTable Audit { get; } = new();

    public long Generation { get; set; }

    public DateTimeOffset Now => StoreTime.Truncate(time.GetUtcNow());

    /// <summary>Runs a transaction. It must write only once nothing can fail any more.</summary>
    public Task<T> Locked<T>(Func<T> work, CancellationToken cancellationToken)
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

    public void AddKey(KeyRecord key, IEnumerable<WrapRecord> wraps)
    {
        Keys.Add(key.KeyId, StoreCopy.Of(key));
        KeyOrder.Add(key.KeyId);
        KeysOfTenant[key.Tenant] = [.. KeysOfTenant.GetValueOrDefault(key.Tenant, []), key.KeyId];
        Wraps.Add(key.KeyId, [.. wraps.Select(StoreCopy.Of)]);
    }

    /// <summary>Whether the constraints of the key table forbid a new key beside those that there are.</summary>
    public bool IsExcluded(KeyRecord added) => KeysOfTenant.GetValueOrDefault(added.Tenant, []).Exists(id => Excludes(Keys[id], added));

    /// <summary>Whether two keys of one tenant break a constraint of the key table.</summary>
    public static bool Excludes(KeyRecord old, KeyRecord added) =>
        old.Kind == added.Kind && (old.Version == added.Version || (IsSingleActive(old) && IsSingleActive(added)));

    /// <exception cref="KeyUnavailableException">A wrap stands under a KEK that is not Active.</exception>
    public void DemandActive(IEnumerable<WrapRecord> wraps)
    {
        foreach (var wrap in wraps)
        {
            StoreArguments.DemandActive(wrap.KekId, Keks.GetValueOrDefault(wrap.KekId)?.State.ToString());
        }
    }

    public KekDependence CountDependents(string kekId)
    {
        var dependents = Keys.Values.Where(static key => key.State != KeyState.Destroyed)
            .Select(key => Wraps[key.KeyId].Where(static wrap => wrap.Wrapped is not null).Select(static wrap => wrap.KekId).ToList())
            .Where(keks => keks.Contains(kekId)).ToList();
        return new KekDependence(dependents.Count, dependents.Count(keks => keks.TrueForAll(kek => kek == kekId)));
    }

    /// <summary>Whether a job's row stands one version below.</summary>
    public bool Follows(JobRecord job) => Jobs.TryGetValue(job.JobId, out var old) && old.RowVersion == job.RowVersion - 1;

    public bool TryAddColumn(ColumnRecord column) => Columns.TryAdd(NameOf(column), StoreCopy.Of(column));

    /// <summary>Writes rows of the manifest, or none where one stands in another version than the one below.</summary>
    public bool TryWriteColumns(IReadOnlyList<ColumnRecord> columns, ChainEntries? chain)
    {
        if (columns.Any(column => column.RowVersion - 1 != (Columns.TryGetValue(NameOf(column), out var old) ? old.RowVersion : 0)))
        {
            return false;
        }

        var entries = Audit.Make(chain);
        foreach (var column in columns)
        {
            Columns[NameOf(column)] = StoreCopy.Of(column);
        }

        Generation += columns.Any(static column => column.Adoption.Length > 0) ? 1 : 0;
        Audit.Append(entries);

        return true;
    }

    private static (string Database, string Schema, string Table, string Column) NameOf(ColumnRecord column) => (column.Database, column.Schema, column.Table, column.Column);

    private static bool IsSingleActive(KeyRecord key) => key.State == KeyState.Active && (key.Kind is KeyKind.Data or KeyKind.Installation);
}
