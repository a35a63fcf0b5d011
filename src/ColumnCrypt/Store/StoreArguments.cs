using ColumnCrypt.Metadata;

namespace ColumnCrypt.Store;

/// <summary>What every store demands of the rows given to it, whatever its database.</summary>
internal static class StoreArguments
{
    /// <summary>How many rows a page holds at most.</summary>
    public const int MaxPage = 5_000;

    /// <summary>How many keys' wraps one transaction changes at most.</summary>
    public const int MaxChanges = 1_000;

    /// <summary>How many unchained audit entries are handed over to be chained at once.</summary>
    public const int MaxChained = 1_000;

    private const int HashSize = 32;

    public static void Check(NewKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (key.Key.Tenant != (key.Tenant?.Tenant ?? ""))
        {
            throw new ArgumentException("The key and the tenant's row name different tenants.", nameof(key));
        }

        if (key.Wraps.Count == 0 || key.Wraps.Any(wrap => wrap.KeyId != key.Key.KeyId))
        {
            throw new ArgumentException("A new key comes with at least one wrap, and only with its own.", nameof(key));
        }

        CheckUnchained(key.Entry);
    }

    public static void Check(KeyChange change, long generation)
    {
        ArgumentNullException.ThrowIfNull(change);
        if (change.Tenant.Generation != generation)
        {
            throw new ArgumentException("A change writes the tenant's row with the generation that was drawn for it.", nameof(change));
        }

        if (change.Keys.Any(key => key.Tenant != change.Tenant.Tenant))
        {
            throw new ArgumentException("A change covers the keys of one tenant.", nameof(change));
        }

        CheckUnchained(change.Entry);
    }

    public static void Check(IReadOnlyList<WrapChange> changes)
    {
        ArgumentNullException.ThrowIfNull(changes);
        if (changes.Count > MaxChanges || changes.DistinctBy(static change => change.KeyId).Count() != changes.Count)
        {
            throw new ArgumentException($"One call changes the wraps of at most {MaxChanges} keys, of each once.", nameof(changes));
        }

        foreach (var change in changes)
        {
            if (change.Added.Any(wrap => wrap.KeyId != change.KeyId || wrap.Wrapped is null))
            {
                throw new ArgumentException("A change adds wraps of its own key, with their bytes.", nameof(changes));
            }

            HashSet<WrapName> names = [];
            if (!change.Added.Select(static wrap => new WrapName(wrap.KekId, wrap.KekVersion)).Concat(change.Dropped).All(names.Add))
            {
                throw new ArgumentException("A change names each wrap once: it adds it or drops it.", nameof(changes));
            }
        }
    }

    public static void Check(StoreRows rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        int[] counts = [rows.Tenants.Count, rows.Keys.Count, rows.Keks.Count, rows.Columns.Count, rows.Audit.Count];
        if (counts.Max() > MaxPage)
        {
            throw new ArgumentException($"One call restores at most {MaxPage} rows of a kind.", nameof(rows));
        }

        if (rows.Keys.Any(static key => key.Wraps.Any(wrap => wrap.KeyId != key.Key.KeyId)))
        {
            throw new ArgumentException("A key comes with its own wraps only.", nameof(rows));
        }
    }

    public static void CheckPage(int limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, MaxPage);
    }

    public static void CheckPage(string after, int limit)
    {
        ArgumentNullException.ThrowIfNull(after);
        CheckPage(limit);
    }

    /// <summary>Checks that an entry, if there is one, stands outside the chain.</summary>
    public static void CheckUnchained(AuditRecord? entry)
    {
        if (entry is not null && (entry.Sequence is not null || entry.PreviousHash is not null || entry.Mac.Length != HashSize))
        {
            throw new ArgumentException("An entry outside the chain has a mac, but no number and no previous hash.", nameof(entry));
        }
    }

    /// <summary>Checks that entries go on from the end of the chain without a gap.</summary>
    public static void CheckChained(AuditHead head, IReadOnlyList<AuditRecord> entries)
    {
        ArgumentNullException.ThrowIfNull(entries);
        for (int index = 0; index < entries.Count; index++)
        {
            if (entries[index].Sequence != head.Sequence + 1 + index || entries[index] is not { PreviousHash.Length: HashSize, Mac.Length: HashSize })
            {
                throw new ArgumentException("The entries of a chain are numbered on from its end, with a previous hash and a mac.", nameof(entries));
            }
        }
    }

    public static ArgumentException EntryExists() => new("An audit entry of this id, or of this number, has been written before.", "entries");

    /// <summary>Checks that chaining an entry changes nothing else of it.</summary>
    public static void CheckSame(AuditRecord unchained, AuditRecord chained)
    {
        static AuditRecord Content(AuditRecord entry) => StoreCopy.Of(entry) with { Sequence = null, PreviousHash = null, Mac = [] };

        if (Content(unchained) with { Mac = chained.Mac } != Content(chained) with { Mac = chained.Mac })
        {
            throw new ArgumentException("Chaining an entry changes nothing that it says.", nameof(chained));
        }
    }

    public static void CheckUses(long uses) => ArgumentOutOfRangeException.ThrowIfLessThan(uses, 1);

    /// <summary>Demands, under its lock, that a KEK under which a wrap is written is Active where the table knows it.</summary>
    /// <param name="kekId">The KEK.</param>
    /// <param name="state">The state in its row; null where it has none.</param>
    /// <exception cref="KeyUnavailableException">It is not.</exception>
    public static void DemandActive(string kekId, string? state)
    {
        if (state is not (null or nameof(KekState.Active)))
        {
            throw new KeyUnavailableException(
                KeyUnavailableReason.KekNotAllowed,
                $"Nothing was written: the KEK {kekId} is {state} in the key store, and nothing is wrapped under it any more. "
                + "Name its successor in the configuration; a Retired one that is to stay in use is added to the key store again.");
        }
    }

    /// <summary>Demands, under the lock of its row, that nothing is lost with a KEK that is retired or noted as destroyed.</summary>
    /// <exception cref="KekInUseException">Something would be.</exception>
    public static void DemandUnused(KekRecord kek, KekDependence dependence)
    {
        if (kek.State == KekState.Retired && dependence.OnlyHere > 0)
        {
            throw new KekInUseException(
                $"{dependence.OnlyHere} keys are wrapped by the KEK {kek.KekId} alone, and their rows would be lost with it. Rewrap them to another KEK first.");
        }

        if (kek.State == KekState.Destroyed && dependence.Keys > 0)
        {
            throw new KekInUseException(
                $"{dependence.Keys} keys still have a wrap under the KEK {kek.KekId}, {dependence.OnlyHere} of them no other; without it those are lost. "
                + "Rewrap to another KEK, then drop the old wraps, then destroy it.");
        }
    }

    /// <exception cref="TenantShreddedException"><paramref name="state"/> is not Active.</exception>
    public static void DemandActive(string tenant, TenantState state)
    {
        if (state != TenantState.Active)
        {
            throw new TenantShreddedException(
                state == TenantState.Shredded
                    ? $"Tenant '{tenant}' is shredded: its keys are destroyed and its id is never used again. Give a returning customer a new id."
                    : $"Tenant '{tenant}' is scheduled for shredding and gets no new key. Cancel the shred first if the tenant stays.");
        }
    }
}
