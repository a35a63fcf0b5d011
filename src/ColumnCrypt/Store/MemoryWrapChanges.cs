using ColumnCrypt.Format;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Store;

/// <summary>Changes of many wraps at once in memory.</summary>
internal sealed class MemoryWrapChanges(MemoryTables tables)
{
    public IReadOnlySet<KeyId>? Apply(IReadOnlyList<WrapChange> changes, Func<IReadOnlySet<KeyId>, AuditHead, BatchEnd> finish)
    {
        tables.DemandActive(changes.SelectMany(static change => change.Added));
        Dictionary<KeyId, List<WrapRecord>> after = [];
        foreach (var change in changes.Where(IsAllowed))
        {
            var wraps = Changed(change);
            if (change.Dropped.Count == 0 || wraps.Exists(static wrap => wrap.Wrapped is not null))
            {
                after.Add(change.KeyId, wraps);
            }
        }

        var applied = after.Keys.ToHashSet();
        var end = finish(applied, tables.Audit.Head);
        if (end.Job is { } job && !tables.Follows(job))
        {
            return null;
        }

        var entries = tables.Audit.CheckNew(end.Entries);
        foreach (var (keyId, wraps) in after)
        {
            tables.Wraps[keyId] = wraps;
        }

        if (end.Job is not null)
        {
            tables.Jobs[end.Job.JobId] = StoreCopy.Of(end.Job);
        }

        tables.Audit.Append(entries);
        return applied;
    }

    private bool IsAllowed(WrapChange change) =>
        tables.Keys.TryGetValue(change.KeyId, out var key)
        && key.Tenant == change.Tenant && key.RowVersion == change.RowVersion && key.State != KeyState.Destroyed
        && (key.Tenant.Length == 0 || (tables.Tenants.TryGetValue(key.Tenant, out var tenant) && tenant.State != TenantState.Shredded && tenant.KekPolicy == change.KekPolicy));

    private List<WrapRecord> Changed(WrapChange change)
    {
        List<WrapRecord> wraps = [.. tables.Wraps[change.KeyId]];
        foreach (var added in change.Added)
        {
            int index = wraps.FindIndex(wrap => wrap.KekId == added.KekId && wrap.KekVersion == added.KekVersion);
            if (index < 0)
            {
                wraps.Add(StoreCopy.Of(added) with { ValidTo = null });
            }
            else
            {
                var from = wraps[index].Wrapped is null ? added.ValidFrom : wraps[index].ValidFrom;
                wraps[index] = StoreCopy.Of(added with { ValidFrom = from, ValidTo = null });
            }
        }

        foreach (var dropped in change.Dropped)
        {
            int index = wraps.FindIndex(wrap => wrap.KekId == dropped.KekId && wrap.KekVersion == dropped.KekVersion && wrap.Wrapped is not null);
            if (index >= 0)
            {
                wraps[index] = wraps[index] with { Wrapped = null, ValidTo = tables.Now };
            }
        }

        return wraps;
    }
}
