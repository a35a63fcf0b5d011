using ColumnCrypt.Metadata;

namespace ColumnCrypt.Store;

/// <summary>The audit's rows in memory.</summary>
internal sealed class MemoryAuditTable
{
    private readonly SortedList<long, AuditRecord> _chain = [];
    private readonly HashSet<string> _chained = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, AuditRecord> _unchained = new(Utf8Order.Instance);

    public AuditHead Head => _chain.Count == 0 ? new(0, null) : new(_chain.Keys[^1], StoreCopy.Of(_chain.Values[^1]));

    public IEnumerable<AuditRecord> Chain => _chain.Values.Select(StoreCopy.Of);

    public IEnumerable<AuditRecord> Unchained => _unchained.Values.Select(StoreCopy.Of);

    /// <summary>Checks entries that are about to be chained, new ones and unchained ones.</summary>
    public void Check(IReadOnlyList<AuditRecord> entries)
    {
        StoreArguments.CheckChained(Head, entries);
        HashSet<string> ids = new(StringComparer.Ordinal);
        foreach (var entry in entries)
        {
            if (!ids.Add(entry.AuditId) || _chained.Contains(entry.AuditId))
            {
                throw StoreArguments.EntryExists();
            }

            if (_unchained.TryGetValue(entry.AuditId, out var unchained))
            {
                StoreArguments.CheckSame(unchained, entry);
            }
        }
    }

    /// <summary>The new entries that a change writes, checked but not written.</summary>
    public IReadOnlyList<AuditRecord> Make(ChainEntries? chain) => chain is null ? [] : CheckNew(chain(Head));

    public IReadOnlyList<AuditRecord> CheckNew(IReadOnlyList<AuditRecord> entries)
    {
        Check(entries);
        return entries.Any(entry => _unchained.ContainsKey(entry.AuditId)) ? throw StoreArguments.EntryExists() : entries;
    }

    /// <summary>Writes entries that have been checked under the same lock.</summary>
    public void Append(IReadOnlyList<AuditRecord> entries)
    {
        foreach (var entry in entries)
        {
            _unchained.Remove(entry.AuditId);
            Restore(entry);
        }
    }

    /// <summary>Writes an entry outside the chain, if there is one, where its id is new.</summary>
    public void Add(AuditRecord? entry)
    {
        if (entry is not null)
        {
            Restore(entry);
        }
    }

    /// <summary>Writes an entry as it is where its id and its number are new.</summary>
    public void Restore(AuditRecord entry)
    {
        if (_chained.Contains(entry.AuditId) || _unchained.ContainsKey(entry.AuditId))
        {
            return;
        }

        if (entry.Sequence is not { } sequence)
        {
            _unchained.Add(entry.AuditId, StoreCopy.Of(entry));
        }
        else if (_chain.TryAdd(sequence, StoreCopy.Of(entry)))
        {
            _chained.Add(entry.AuditId);
        }
    }
}
