using ColumnCrypt.Audit;
using ColumnCrypt.Kek;
using ColumnCrypt.Keys;
using ColumnCrypt.Metadata;
using ColumnCrypt.Operators;
using ColumnCrypt.Store;

namespace ColumnCrypt.Lifecycle;

/// <summary>
/// What operators do with KEKs as the store knows them. KEKs themselves are made and destroyed where they live. What is said of a hierarchical KEK is said of its inner
/// KEK: that one wraps. Thread-safe.
/// </summary>
internal sealed class KekDesk(OperatorStore store, KekCaller keks)
{
    public async Task<IReadOnlyList<KekInfo>> ListAsync(CancellationToken cancellationToken)
    {
        var installation = await store.InstallationAsync(cancellationToken).ConfigureAwait(false);
        var rows = await store.Store.ReadKeksAsync(cancellationToken).ConfigureAwait(false);
        var list = new List<KekInfo>();
        foreach (var row in rows)
        {
            installation.Rows.Verify(row);
            list.Add(await DescribeAsync(row, cancellationToken).ConfigureAwait(false));
        }

        var unknown = keks.AllowedIds.Except(rows.Select(static row => row.KekId), StringComparer.Ordinal);
        list.AddRange(unknown.Select(static id => new KekInfo(id, null, IsAllowed: true, 0, null, null, null, new KekDependence(0, 0))));
        return list;
    }

    public Task<KekInfo> AddAsync(string kekId, int priority, string reason, CancellationToken cancellationToken)
    {
        if (!keks.IsAllowed(kekId))
        {
            throw new KeyUnavailableException(
                KeyUnavailableReason.KekNotAllowed, $"The configuration does not allow the KEK {kekId}. Name it there first, with UseKek or AllowKek; in the command, with --kek or --allow-kek.");
        }

        return NoteAsync(kekId, priority, reason, cancellationToken);
    }

    /// <summary>Makes a KEK known to the store, a tenant's own too, which no configuration names.</summary>
    public Task<KekInfo> NoteAsync(string kekId, int priority, string reason, CancellationToken cancellationToken) => WriteAsync(
        kekId,
        row => row switch
        {
            null => new KekRecord { KekId = HierarchicalUri.InnerOf(kekId), State = KekState.Active, Priority = priority, AddedAt = store.Now, RowVersion = 0 },
            { State: KekState.Destroyed } => throw new KeyStateException($"The KEK {kekId} is noted as destroyed and cannot come back. Use another one."),
            _ => row with { State = KekState.Active, Priority = priority, RetiredAt = null },
        },
        AuditActions.KekAdd,
        $"priority {priority}; {reason}",
        cancellationToken);

    /// <summary>Sees to it that nodes try this KEK before every other.</summary>
    public async Task PreferAsync(string kekId, CancellationToken cancellationToken)
    {
        kekId = HierarchicalUri.InnerOf(kekId);
        var rows = await AuthenticRowsAsync(cancellationToken).ConfigureAwait(false);
        var others = rows.Where(row => row.KekId != kekId && row.State == KekState.Active && row.Priority < KekStanding.LastPriority).ToList();
        int first = others.Count == 0 ? 0 : Math.Max(others.Min(static row => row.Priority), int.MinValue + 1) - 1;
        if (rows.FirstOrDefault(row => row.KekId == kekId) is { } row)
        {
            DemandActive(row);
            if (row.Priority <= first || others.Count == 0)
            {
                return;
            }
        }

        await AddAsync(kekId, first, "preferred by a rewrap", cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sees to it that the store knows a KEK that stands beside the one that wraps, behind that one.</summary>
    public async Task PlaceAsync(string kekId, CancellationToken cancellationToken)
    {
        kekId = HierarchicalUri.InnerOf(kekId);
        var rows = await AuthenticRowsAsync(cancellationToken).ConfigureAwait(false);
        if (rows.FirstOrDefault(row => row.KekId == kekId) is { } row)
        {
            DemandActive(row);
            return;
        }

        await AddAsync(kekId, keks.PriorityOf(kekId), "beside the KEK that wraps", cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc cref="KekCaller.IsAlso"/>
    public bool IsAlso(string kekId) => keks.IsAlso(kekId);

    /// <summary>The KEKs whose missing wraps are made later.</summary>
    public async Task<IReadOnlyList<string>> RepairedIdsAsync(CancellationToken cancellationToken) =>
        keks.RepairedIds(new KekStanding(await AuthenticRowsAsync(cancellationToken).ConfigureAwait(false)));

    /// <summary>Returns where a KEK answers now.</summary>
    /// <exception cref="KeyUnavailableException">It does not.</exception>
    public Task DemandAnswerAsync(string kekId, CancellationToken cancellationToken) => keks.CheckAsync(kekId, cancellationToken);

    public bool IsAllowed(string kekId) => keks.IsAllowed(kekId);

    /// <summary>True where this process cannot unwrap through the KEK.</summary>
    public Task<bool> IsEscrowAsync(string kekId, CancellationToken cancellationToken) => keks.IsEscrowAsync(kekId, cancellationToken);

    /// <summary>Sees to it that nodes try this KEK behind every other.</summary>
    public async Task PutLastAsync(string kekId, CancellationToken cancellationToken)
    {
        kekId = HierarchicalUri.InnerOf(kekId);
        var rows = await AuthenticRowsAsync(cancellationToken).ConfigureAwait(false);
        if (rows.FirstOrDefault(row => row.KekId == kekId) is { } row)
        {
            DemandActive(row);
            if (row.Priority == KekStanding.LastPriority)
            {
                return;
            }
        }

        await AddAsync(kekId, KekStanding.LastPriority, "escrow by a rewrap", cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Retires a KEK: it goes on unwrapping. Every other wrap with bytes counts as a way to a key, an escrow wrap too: with it the key is not
    /// lost, but no node reads it until it is recovered. What is dropped for good is guarded by the rewrap, which demands a verified wrap.
    /// </summary>
    public Task<KekInfo> RetireAsync(string kekId, string reason, CancellationToken cancellationToken) => WriteAsync(
        kekId,
        row => Existing(row, kekId) switch
        {
            { State: KekState.Active } active => active with { State = KekState.Retired, RetiredAt = store.Now },
            var other => throw new KeyStateException($"The KEK {kekId} is {other.State} already."),
        },
        AuditActions.KekRetire,
        reason,
        cancellationToken);

    public Task<KekInfo> DestroyAsync(string kekId, DateTimeOffset finalAt, string reason, CancellationToken cancellationToken) => WriteAsync(
        kekId,
        row => Existing(row, kekId) switch
        {
            { State: KekState.Retired } retired => retired with { State = KekState.Destroyed, DestroyedAt = StoreTime.Truncate(finalAt) },
            { State: KekState.Destroyed } => throw new KeyStateException($"The KEK {kekId} is noted as destroyed already."),
            _ => throw new KeyStateException($"The KEK {kekId} is Active. Retire it first, so that no node wraps a new key under it."),
        },
        AuditActions.KekDestroy,
        $"final at {finalAt.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}; {reason}",
        cancellationToken);

    public async Task<KekCheck> CheckAsync(string kekId, CancellationToken cancellationToken)
    {
        if (kekId == HierarchicalUri.Layer)
        {
            HierarchicalUri.DemandInner(kekId);
        }

        var installation = await store.InstallationAsync(cancellationToken).ConfigureAwait(false);
        var probe = await keks.ProbeAsync(kekId, installation.Id, cancellationToken).ConfigureAwait(false);
        return new KekCheck(kekId, probe.KekVersion, probe.Wrap, probe.Unwrap, probe.RefusesWrongContext, probe.Details);
    }

    private static void DemandActive(KekRecord row)
    {
        if (row.State != KekState.Active)
        {
            throw new KeyStateException($"The KEK {row.KekId} is {row.State} in this key store: nothing is wrapped under it. Add it again first if it is to be used.");
        }
    }

    // A row that ColumnCrypt did not write says nothing: it neither orders nor hinders.
    private async Task<IReadOnlyList<KekRecord>> AuthenticRowsAsync(CancellationToken cancellationToken)
    {
        var installation = await store.InstallationAsync(cancellationToken).ConfigureAwait(false);
        return [.. (await store.Store.ReadKeksAsync(cancellationToken).ConfigureAwait(false)).Where(installation.Rows.IsValid)];
    }

    private static KekRecord Existing(KekRecord? row, string kekId) =>
        row ?? throw new KeyStateException($"This key store does not know the KEK {kekId}.");

    private async Task<KekInfo> WriteAsync(string kekId, Func<KekRecord?, KekRecord> change, string action, string detail, CancellationToken cancellationToken)
    {
        kekId = HierarchicalUri.InnerOf(kekId);
        ArgumentException.ThrowIfNullOrWhiteSpace(detail);
        var installation = await store.InstallationAsync(cancellationToken).ConfigureAwait(false);
        for (int attempt = 0; attempt < OperatorStore.MaxAttempts; attempt++)
        {
            var rows = await store.Store.ReadKeksAsync(cancellationToken).ConfigureAwait(false);
            var row = rows.FirstOrDefault(row => row.KekId == kekId);
            if (row is not null)
            {
                installation.Rows.Verify(row);
            }

            var changed = change(row);
            changed = installation.Rows.Sign(changed with { RowVersion = changed.RowVersion + 1 });
            var entry = store.Entries.Make(action, null, null, AuditActions.KekDetail(kekId, detail));
            if (await store.Store.Inventory.TryWriteKekAsync(changed, OperatorStore.Chain(installation, entry), cancellationToken).ConfigureAwait(false))
            {
                await store.Session.ReadGenerationAsync(CancellationToken.None).ConfigureAwait(false);
                return await DescribeAsync(changed, cancellationToken).ConfigureAwait(false);
            }
        }

        throw OperatorStore.Contended($"the KEK {kekId}");
    }

    private async Task<KekInfo> DescribeAsync(KekRecord row, CancellationToken cancellationToken) => new(
        row.KekId,
        row.State,
        keks.IsAllowed(row.KekId),
        row.Priority,
        row.AddedAt,
        row.RetiredAt,
        row.DestroyedAt,
        await store.Store.Inventory.CountDependentsAsync(row.KekId, cancellationToken).ConfigureAwait(false));
}
