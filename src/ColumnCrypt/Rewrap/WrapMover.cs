using ColumnCrypt.Crypto;
using ColumnCrypt.Kek;
using ColumnCrypt.Keys;
using ColumnCrypt.Metadata;
using ColumnCrypt.Store;

namespace ColumnCrypt.Rewrap;

/// <summary>
/// Decides and prepares what a rewrap does to one key: opens it through a wrap that it has, compares the commitment, wraps it under the
/// new KEK, and proves that wrap by opening it again. Thread-safe.
/// </summary>
/// <param name="keks">The KEKs that the configuration allows.</param>
/// <param name="installation">Whose keys they are.</param>
/// <param name="scope">Which keys and wraps it is about.</param>
/// <param name="options">What moves where.</param>
/// <param name="services">Memory, clock and the shred ledger.</param>
/// <param name="batcher">Makes KEK calls together with those of other keys; null for by themselves.</param>
/// <param name="prover">Opens wraps under intermediate keys that are kept in the place of others; null where none is dropped for such a wrap.</param>
internal sealed class WrapMover(
    KekCaller keks, Installation installation, RewrapScope scope, RewrapOptions options, RingServices services, KekBatcher? batcher = null, IntermediateProver? prover = null)
{
    public async Task<KeyOutcome> MoveAsync(KeyWithWraps key)
    {
        try
        {
            // Before anything in the rows is believed.
            installation.Rows.Verify(key.Key);
            if (!scope.Concerns(key))
            {
                return KeyOutcome.Nothing;
            }

            if (key.Key.Tenant.Length > 0)
            {
                VerifyTenant(key);
            }

            if (scope.IsForeign(key))
            {
                return options.Tenants?.Contains(key.Key.Tenant) == true && key.Key.Tenant.Length > 0
                    ? new KeyOutcome(null, $"Tenant '{key.Key.Tenant}' has {(key.Tenant!.KekPolicy is { } own ? $"the KEK {own} of its own" : "no KEK of its own")}: SetTenantKek gives it another one.")
                    : KeyOutcome.Nothing;
            }

            if (key.Tenant is { State: TenantState.Shredded })
            {
                return new KeyOutcome(null, "Its tenant is Shredded, and it is not Destroyed: a shred was interrupted (run shred due), or the tenant's row was edited.");
            }

            if (services.Ledger is { } ledger && await ledger.ContainsAsync(key.Key.KeyId, CancellationToken.None).ConfigureAwait(false))
            {
                return new KeyOutcome(null, "It was shredded, says the shred ledger: the key tables were restored from a backup made before. Shred the tenant again.");
            }

            return options.Phase == RewrapPhase.Drop ? await DropAsync(key).ConfigureAwait(false) : await AddAsync(key).ConfigureAwait(false);
        }
        catch (KeyUnavailableException error) when (!error.IsTransient)
        {
            return new KeyOutcome(null, error.Message, error.Reason is KeyUnavailableReason.Denied or KeyUnavailableReason.Disabled or KeyUnavailableReason.Destroyed);
        }
    }

    private async Task<KeyOutcome> AddAsync(KeyWithWraps key)
    {
        var alive = RewrapScope.Alive(key);
        string to = scope.ToOf(key);
        if (!scope.IsFrom(key))
        {
            return KeyOutcome.Nothing;
        }

        if (scope.IsEscrow)
        {
            return alive.Exists(wrap => scope.IsDone(key, wrap)) ? KeyOutcome.Nothing : await EscrowAsync(key, alive).ConfigureAwait(false);
        }

        var there = alive.Where(wrap => wrap.KekId == to).MaxBy(static wrap => wrap.ValidFrom);
        if (there is not null && scope.FromOf(key) == to)
        {
            return await RenewAsync(key, there).ConfigureAwait(false);
        }

        // That a wrap was verified once is what its row says, and no mac covers it: each run proves it anew.
        var context = ContextOf(key.Key);
        using var secret = services.Memory.Rent(SecretMemory.SlotSize);
        if (there is not null && await OpensAsync(key.Key, there, context, secret).ConfigureAwait(false))
        {
            return there.VerifiedAt is null ? Added(key, there) : KeyOutcome.Nothing;
        }

        int size = await OpenAsync(key, alive, context, secret).ConfigureAwait(false);
        var wrap = await keks.WrapUnderAsync(options.To, secret.Memory[..size], context, services.Now, scope.OwnTarget, batcher).ConfigureAwait(false);
        return await OpensAsync(key.Key, wrap, context, secret).ConfigureAwait(false)
            ? Added(key, wrap)
            : new KeyOutcome(null, $"The KEK {options.To} does not give back what it has just wrapped. Nothing was written; check the KEK.");
    }

    // The private half is elsewhere: the wrap cannot be proved here, and says so by having no time of verification.
    private async Task<KeyOutcome> EscrowAsync(KeyWithWraps key, IReadOnlyList<WrapRecord> alive)
    {
        var context = ContextOf(key.Key);
        using var secret = services.Memory.Rent(SecretMemory.SlotSize);
        int size = await OpenAsync(key, alive, context, secret).ConfigureAwait(false);
        var wrap = await keks.WrapUnderAsync(options.To, secret.Memory[..size], context, services.Now, scope.OwnTarget, batcher).ConfigureAwait(false);
        return new KeyOutcome(Change(key, [wrap], []));
    }

    // From a KEK to a newer version of itself, on the server where the backend can.
    private async Task<KeyOutcome> RenewAsync(KeyWithWraps key, WrapRecord old)
    {
        var context = ContextOf(key.Key);
        var wrap = await keks.RewrapAsync(old, context, services.Now, scope.OwnTarget, batcher).ConfigureAwait(false);
        if (wrap.KekVersion == old.KekVersion && old.VerifiedAt is not null)
        {
            return KeyOutcome.Nothing;
        }

        using var secret = services.Memory.Rent(SecretMemory.SlotSize);
        return await OpensAsync(key.Key, wrap, context, secret).ConfigureAwait(false)
            ? Added(key, wrap)
            : new KeyOutcome(null, $"The KEK {options.To} does not give back what it has just wrapped. Nothing was written; check the KEK.");
    }

    private async Task<KeyOutcome> DropAsync(KeyWithWraps key)
    {
        var alive = RewrapScope.Alive(key);
        string? unknown = alive.FirstOrDefault(one => scope.IsUnknown(key, one)) is { } wrap
            ? $"Its wrap under {wrap.KekId} stays: this configuration does not allow that KEK, so it may be an escrow. To drop it, name it with From."
            : null;
        string to = scope.ToOf(key);
        var kept = alive.Where(there => there.KekId == to && there.VerifiedAt is not null).MaxBy(static there => there.ValidFrom);
        var dropped = alive.Where(old => old != kept && scope.IsOld(key, old)).ToList();
        if (dropped.Count == 0)
        {
            return new KeyOutcome(null, unknown);
        }

        using var secret = services.Memory.Rent(SecretMemory.SlotSize);
        return kept is not null && await OpensAsync(key.Key, kept, ContextOf(key.Key), secret).ConfigureAwait(false)
            ? new KeyOutcome(Change(key, [], [.. dropped.Select(static old => new WrapName(old.KekId, old.KekVersion))]), unknown)
            : new KeyOutcome(null, $"It has no wrap under {options.To} that was verified and opens, so its old ones stay. Run the rewrap without dropping first.");
    }

    private async Task<int> OpenAsync(KeyWithWraps key, IReadOnlyList<WrapRecord> wraps, WrapContext context, SecretBytes secret)
    {
        int size = await keks.UnwrapAsync(wraps, context, secret.Memory, CancellationToken.None, own: key.Tenant?.KekPolicy, batcher: batcher).ConfigureAwait(false);
        return Commits(key.Key, secret, size)
            ? size
            : throw new KeyUnavailableException(KeyUnavailableReason.Tampered, $"The wrap of key {key.Key.KeyId} holds another key than its row commits to.");
    }

    private async Task<bool> OpensAsync(KeyRecord key, WrapRecord wrap, WrapContext context, SecretBytes secret)
    {
        try
        {
            return Commits(key, secret, prover is not null && wrap.KekId == HierarchicalUri.Layer
                ? await prover.UnwrapAsync(wrap, context, secret.Memory).ConfigureAwait(false)
                : await keks.UnwrapAsync([wrap], context, secret.Memory, CancellationToken.None, own: scope.OwnTarget, batcher: batcher).ConfigureAwait(false));
        }
        catch (KeyUnavailableException error) when (error.Reason == KeyUnavailableReason.Tampered)
        {
            return false;
        }
    }

    // Its policy says which KEKs may ever wrap the key.
    private void VerifyTenant(KeyWithWraps key)
    {
        if (key.Tenant is not { } tenant || tenant.Tenant != key.Key.Tenant)
        {
            throw installation.Rows.Tampered("columncrypt_tenant", key.Key.Tenant);
        }

        installation.Rows.Verify(tenant);
    }

    private static bool Commits(KeyRecord key, SecretBytes secret, int size) => Kdf.Commitment(secret.GetSpan()[..size]).AsSpan().SequenceEqual(key.Commitment);

    private KeyOutcome Added(KeyWithWraps key, WrapRecord wrap) => new(Change(key, [wrap with { VerifiedAt = services.Now }], []));

    private static WrapChange Change(KeyWithWraps key, IReadOnlyList<WrapRecord> added, IReadOnlyList<WrapName> dropped) =>
        new(key.Key.KeyId, key.Key.Tenant, key.Key.RowVersion, added, dropped) { KekPolicy = key.Tenant?.KekPolicy };

    private WrapContext ContextOf(KeyRecord key) => new(installation.Id, key.Tenant, key.KeyId, key.Kind);
}
