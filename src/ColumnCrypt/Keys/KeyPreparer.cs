using ColumnCrypt.Diagnostics;
using ColumnCrypt.Metadata;
using Microsoft.Extensions.Logging;

namespace ColumnCrypt.Keys;

/// <summary>
/// Gets a ring ready to encrypt: an Active data key, durable before use, and enough uses reserved in its row
/// (docs/SPEC.md, section 5). Thread-safe; one preparation at a time per tenant.
/// </summary>
internal sealed class KeyPreparer(KeyMaker maker, KeyRotator rotator, KeyBounds bounds, RingServices services)
{
    /// <summary>How often a preparation starts over because other nodes changed the same rows.</summary>
    public const int MaxAttempts = 8;

    /// <summary>Makes the first data key of a tenant, whoever wins the race for it.</summary>
    public Task MakeFirstAsync(RingSlot slot, CancellationToken cancellationToken) => slot.Preparing.RunAsync(
        async () =>
        {
            var installation = (await slot.Session.GetInstallationAsync(create: true, CancellationToken.None).ConfigureAwait(false))!;
            int rollbacks = slot.Session.Rollbacks;
            if (slot.Ring is null
                && await maker.TryMakeAsync(slot.Session, installation, new WantedKey(slot.Tenant, null, KeyKind.Data, 1, KeyState.Active), CancellationToken.None).ConfigureAwait(false))
            {
                slot.Session.MarkRotated(slot.Tenant, rollbacks);
            }

            return true;
        },
        cancellationToken);

    /// <summary>Sees to an Active key, and takes so many of its uses, once they are reserved.</summary>
    /// <param name="slot">The tenant's slot.</param>
    /// <param name="ring">The tenant's ring.</param>
    /// <param name="uses">The uses wanted.</param>
    /// <param name="granted">The uses, where they are taken already and only more are to be reserved ahead of need; else null.</param>
    /// <param name="refresh">Reads the ring's rows again.</param>
    /// <param name="cancellationToken">Cancels the wait, not the work.</param>
    public async Task<UseGrant> PrepareAsync(RingSlot slot, KeyRing ring, long uses, UseGrant? granted, Func<Task> refresh, CancellationToken cancellationToken)
    {
        if (uses > bounds.UseLimit)
        {
            throw new KeyUnavailableException(
                KeyUnavailableReason.Exhausted, $"{uses} uses are wanted at once; a data key has {bounds.UseLimit}. Save in smaller parts.");
        }

        try
        {
            for (int attempt = 0; attempt < MaxAttempts;)
            {
                // A flight that another caller started was about the uses that he wants, and is no attempt of this one.
                bool own = false;
                await slot.Preparing.RunAsync(
                    () =>
                    {
                        own = true;
                        return StepAsync(slot, ring, granted is null ? uses : 0, refresh);
                    },
                    cancellationToken).ConfigureAwait(false);
                attempt += own ? 1 : 0;
                if ((granted ?? ring.TryGrant(uses)) is { } grant)
                {
                    return grant;
                }
            }
        }
        catch (KeyUnavailableException error) when (error.IsTransient && granted is not null)
        {
            // Only what was to be done ahead of need has failed: what is granted is enough for now.
            services.Logger.BackgroundFailed($"Reserving uses ahead of need for tenant {slot.Tenant}", error);
            return granted;
        }
        catch
        {
            granted?.Return();
            throw;
        }

        throw Contended(ring.Tenant);
    }

    /// <summary>
    /// Reserves uses of a key that has taken the place of one under which this node encrypts, before anybody sees it: a save that is
    /// under way for longer than the revocation bound finds some, and has not to wait for them. What fails here is tried again
    /// when uses are wanted.
    /// </summary>
    public async Task SupplyAsync(RingSlot slot, Installation installation, RingState before, RingState after)
    {
        if (before.Active?.Data is not { Budget.HighWater: > 0 } old
            || after.Keys.GetValueOrDefault(old.Id)?.Record.State != KeyState.Deactivated
            || after.Active?.Data is not { Budget.HighWater: 0 } key)
        {
            return;
        }

        try
        {
            await ReserveAsync(slot, installation, key, uses: 1).ConfigureAwait(false);
        }
        catch (ColumnCryptException error)
        {
            services.Logger.BackgroundFailed($"Reserving uses of the new key of tenant {slot.Tenant}", error);
        }
    }

    public static KeyUnavailableException Contended(string tenant) => new(
        KeyUnavailableReason.Unavailable,
        $"The data key of tenant '{tenant}' was changed by other nodes {MaxAttempts} times while this one got ready to encrypt. Try again.");

    private async Task<bool> StepAsync(RingSlot slot, KeyRing ring, long uses, Func<Task> refresh)
    {
        ring.ThrowIfUnusable();
        var installation = (await slot.Session.GetInstallationAsync(create: true, CancellationToken.None).ConfigureAwait(false))!;
        if (slot.Session.MustRotate(slot.Tenant))
        {
            int rollbacks = slot.Session.Rollbacks;
            if (await rotator.SucceedAllAsync(slot.Session, installation, slot.Tenant, CancellationToken.None).ConfigureAwait(false))
            {
                slot.Session.MarkRotated(slot.Tenant, rollbacks);
            }

            await refresh().ConfigureAwait(false);
        }

        var state = ring.State;
        if (state.Active is null)
        {
            await ReplaceAsync(slot, installation, state).ConfigureAwait(false);
            await refresh().ConfigureAwait(false);
            return true;
        }

        if (state.Active.Data is not { } key)
        {
            var fault = state.Active.Fault!;
            throw new KeyUnavailableException(fault.Reason, fault.Message, fault);
        }

        if ((!key.Budget.Covers(uses) || key.Budget.IsLow) && !await ReserveAsync(slot, installation, key, uses).ConfigureAwait(false))
        {
            await refresh().ConfigureAwait(false);
        }

        return true;
    }

    // No key is Active: a rotation under way is finished, an old key is succeeded; a suspended one is somebody's decision.
    private async Task ReplaceAsync(RingSlot slot, Installation installation, RingState state)
    {
        if (state.Pending is not null)
        {
            await rotator.RotateAsync(slot.Session, installation, slot.Tenant, atOnce: true, CancellationToken.None).ConfigureAwait(false);
        }
        else if (state.Newest is { State: KeyState.Suspended } newest)
        {
            throw new KeyUnavailableException(
                KeyUnavailableReason.StateForbids,
                $"Key {newest.KeyId} of tenant '{slot.Tenant}' is Suspended, and no other is Active. Resume it, or rotate the tenant's key.");
        }
        else
        {
            int version = checked((state.Newest?.Version ?? 0) + 1);
            await maker.TryMakeAsync(
                slot.Session, installation, new WantedKey(slot.Tenant, state.Tenant?.KekPolicy, KeyKind.Data, version, KeyState.Active), CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async Task<bool> ReserveAsync(RingSlot slot, Installation installation, DataKey key, long uses)
    {
        long block = key.Budget.NextBlock(uses);
        if (await slot.Session.Store.ReserveUsesAsync(key.Id, block, CancellationToken.None).ConfigureAwait(false) is not { } total)
        {
            return false;
        }

        // Nothing but an edit or a restore lowers the counter. This node's own mark makes good what it knows of.
        long expected = Math.Min(bounds.UseLimit, Math.Max(key.Budget.HighWater, slot.Session.Uses.Of(key.Id))) + block;
        if (total >= block && total < expected)
        {
            services.Logger.ReservationRolledBack(key.Id.ToString());
            if (await slot.Session.Store.ReserveUsesAsync(key.Id, expected - total, CancellationToken.None).ConfigureAwait(false) is not { } raised)
            {
                return false;
            }

            total = raised;
        }

        if (total < expected)
        {
            throw installation.Rows.Tampered("columncrypt_key", key.Id.ToString());
        }

        slot.Session.Uses.Raise(key.Id, total);
        if (total > bounds.UseLimit)
        {
            await rotator.RotateAsync(slot.Session, installation, slot.Tenant, atOnce: true, CancellationToken.None).ConfigureAwait(false);
            return false;
        }

        key.Budget.Add(block, total);
        if (total >= bounds.RotateAtUses)
        {
            services.Logger.BudgetRotation(key.Id.ToString(), slot.Tenant, total);
            await TryRotateAsync(slot, installation).ConfigureAwait(false);
        }

        return true;
    }

    // Up to the limit the key may encrypt: where the KEK does not answer now, the next reservation tries again.
    private async Task TryRotateAsync(RingSlot slot, Installation installation)
    {
        try
        {
            await rotator.RotateAsync(slot.Session, installation, slot.Tenant, atOnce: false, CancellationToken.None).ConfigureAwait(false);
        }
        catch (KeyUnavailableException error) when (error.IsTransient)
        {
            services.Logger.BackgroundFailed("The rotation of a data key at its mark", error);
        }
    }
}
