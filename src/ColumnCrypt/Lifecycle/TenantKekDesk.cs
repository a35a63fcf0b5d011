using ColumnCrypt.Audit;
using ColumnCrypt.Kek;
using ColumnCrypt.Keys;
using ColumnCrypt.Metadata;
using ColumnCrypt.Operators;
using ColumnCrypt.Rewrap;
using ColumnCrypt.Store;

namespace ColumnCrypt.Lifecycle;

/// <summary>
/// Gives a tenant a KEK of its own, or takes it back: first every key gets a wrap under the new KEK, each proved, then the tenant's row
/// names it. Whatever stops it, the keys open as before, and the verb is called again. Thread-safe.
/// </summary>
internal sealed class TenantKekDesk(OperatorStore store, KekDesk desk, KekCaller keks, RingServices services)
{
    public async Task<TenantRecord> SetAsync(string tenant, string? kekId, string reason, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        var installation = await store.InstallationAsync(cancellationToken).ConfigureAwait(false);
        if (kekId is not null)
        {
            await ProveAsync(installation, new TenantKek(tenant, kekId), cancellationToken).ConfigureAwait(false);
            await desk.NoteAsync(kekId, KekStanding.LastPriority, $"tenant '{tenant}'; {reason}", cancellationToken).ConfigureAwait(false);
        }

        var entry = store.Entries.Make(AuditActions.TenantKek, tenant, null, AuditActions.TenantKekDetail(kekId, reason));
        for (int attempt = 0; attempt < OperatorStore.MaxAttempts; attempt++)
        {
            var before = (await store.ReadTenantAsync(tenant, cancellationToken).ConfigureAwait(false)).Tenant;
            if (before is null)
            {
                var added = New(tenant, kekId ?? throw new KeyStateException($"Tenant '{tenant}' has no keys in this key store, and no KEK of its own."));
                if (await store.TryAddTenantAsync(added, entry, cancellationToken).ConfigureAwait(false))
                {
                    break;
                }

                continue;
            }

            string target = kekId ?? keks.WrappingId(store.Session.Standing);
            await MoveAsync(installation, before, target, before.KekPolicy, cancellationToken).ConfigureAwait(false);
            await store.ChangeAsync(tenant, (row, _) => Decide(row, before, kekId, entry), cancellationToken).ConfigureAwait(false);

            // Until the row names the KEK, another node may make a key under the old one; from then on none.
            await MoveAsync(installation, before, target, kekId, cancellationToken).ConfigureAwait(false);
            break;
        }

        return (await store.ReadTenantAsync(tenant, cancellationToken).ConfigureAwait(false)).Tenant is { } after && after.KekPolicy == kekId
            ? after
            : throw OperatorStore.Contended($"tenant '{tenant}'");
    }

    private async Task ProveAsync(Installation installation, TenantKek kek, CancellationToken cancellationToken)
    {
        var probe = await keks.ProbeAsync(kek, installation.Id, cancellationToken).ConfigureAwait(false);
        if (!probe.RefusesWrongContext)
        {
            throw new KeyUnavailableException(KeyUnavailableReason.Tampered, $"The KEK {kek.Uri} unwraps a key for another tenant than it was wrapped for. Do not use it.");
        }
    }

    private TenantRecord New(string tenant, string kekId) => new()
    {
        Tenant = tenant,
        State = TenantState.Active,
        KekPolicy = kekId,
        CreatedAt = store.Now,
        Generation = 0,
        RowVersion = 0,
    };

    private static TenantChange? Decide(TenantRecord row, TenantRecord before, string? kekId, AuditRecord entry) =>
        row.State == TenantState.Shredded ? throw KeyRing.Shredded(row.Tenant)
        : row.KekPolicy == kekId ? null
        : row.KekPolicy == before.KekPolicy ? new TenantChange(row with { KekPolicy = kekId }, [], entry)
        : throw new KeyStateException($"Tenant '{row.Tenant}' was given the KEK {row.KekPolicy ?? "of the application"} meanwhile. Look at it, then say again which one it is to have.");

    // The keys are opened as the row before the change says, also those that a node has made since; they are written while the row names
    // the given policy.
    private async Task MoveAsync(Installation installation, TenantRecord before, string target, string? policy, CancellationToken cancellationToken)
    {
        if (before.State == TenantState.Shredded)
        {
            throw KeyRing.Shredded(before.Tenant);
        }

        var options = new RewrapOptions(target) { Tenants = new HashSet<string>(StringComparer.Ordinal) { before.Tenant }, ChangesPolicy = true };
        var scope = await RewrapScope.OfAsync(options, keks, cancellationToken).ConfigureAwait(false);
        var mover = new WrapMover(keks, installation, scope, options, services);
        for (int attempt = 0; attempt < OperatorStore.MaxAttempts; attempt++)
        {
            bool isWhole = true;
            foreach (var page in (await store.Store.Inventory.ReadKeysOfAsync(before.Tenant, cancellationToken).ConfigureAwait(false)).Chunk(StoreArguments.MaxChanges))
            {
                isWhole &= await MovePageAsync(installation, mover, [.. page.Select(key => key with { Tenant = before })], target, policy, cancellationToken).ConfigureAwait(false);
            }

            if (isWhole)
            {
                return;
            }
        }

        throw OperatorStore.Contended($"tenant '{before.Tenant}'");
    }

    // False where a key was changed meanwhile, and is to be read again.
    private async Task<bool> MovePageAsync(
        Installation installation, WrapMover mover, IReadOnlyList<KeyWithWraps> page, string target, string? policy, CancellationToken cancellationToken)
    {
        var changes = new List<WrapChange>();
        foreach (var key in page)
        {
            var outcome = await mover.MoveAsync(key).ConfigureAwait(false);
            if (outcome.Failure is { } failure)
            {
                throw new KeyStateException($"Tenant '{key.Key.Tenant}' keeps the KEK that it has: key {key.Key.KeyId} cannot be wrapped under {target}. {failure}");
            }

            if (outcome.Change is { } change)
            {
                changes.Add(change with { KekPolicy = policy });
            }
        }

        if (changes.Count == 0)
        {
            return true;
        }

        var chain = new AuditChain(installation.Audit);
        var entry = store.Entries.Make(AuditActions.RewrapBatch, page[0].Key.Tenant, null, $"{changes.Count} keys wrapped under {target}");
        var applied = await store.Store.Inventory.ChangeWrapsAsync(changes, (_, head) => new BatchEnd(null, chain.Link(head, entry)), cancellationToken).ConfigureAwait(false);
        return applied!.Count == changes.Count;
    }
}
