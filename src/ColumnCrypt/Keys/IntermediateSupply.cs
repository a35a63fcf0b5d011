using ColumnCrypt.Diagnostics;
using ColumnCrypt.Format;
using ColumnCrypt.Metadata;
using ColumnCrypt.Threading;
using Microsoft.Extensions.Logging;

namespace ColumnCrypt.Keys;

/// <summary>
/// Chooses the intermediate key for a new wrap: the newest one that is Active and not full, or one more. No more keys than
/// <see cref="KeyBounds.MaxKeysPerIntermediate"/> are wrapped under one, on all nodes together: each wraps only as many as it has reserved in the key's row, below that bound.
/// Thread-safe; one choice at a time.
/// </summary>
internal sealed class IntermediateSupply(StoreSession session, Installation installation, IntermediateLoader loader, KeyMaker maker, KeyBounds bounds, RingServices services)
{
    private readonly SingleFlight<bool> _supplying = new();
    private volatile IntermediateBudget? _budget;

    /// <summary>The intermediate key for one new wrap, whose place is taken.</summary>
    /// <param name="also">The URI of a KEK that wraps the key beside those that the configuration wraps with, where one is made; null for none.</param>
    /// <param name="cancellationToken">Cancels the wait, not the work.</param>
    public async ValueTask<KeyId> TakeAsync(string? also, CancellationToken cancellationToken)
    {
        for (int attempt = 0; attempt < KeyPreparer.MaxAttempts;)
        {
            if (_budget is { } budget && budget.Rollbacks == session.Rollbacks && budget.TryTake())
            {
                return budget.KeyId;
            }

            // A flight that another caller started may have brought less than all who wait for it want, and is no attempt of this one.
            bool own = false;
            await _supplying.RunAsync(
                () =>
                {
                    own = true;
                    return SupplyAsync(also);
                },
                cancellationToken).ConfigureAwait(false);
            attempt += own ? 1 : 0;
        }

        throw Contended();
    }

    private async Task<bool> SupplyAsync(string? also)
    {
        int rollbacks = session.Rollbacks;
        if (_budget is { } budget && budget.Rollbacks == rollbacks && await TryReserveAsync(budget).ConfigureAwait(false))
        {
            return true;
        }

        // Where the store has gone back, nobody knows how many keys are under those that it has.
        bool mustBeNew = rollbacks > (_budget?.Rollbacks ?? 0);
        for (int attempt = 0; attempt < KeyPreparer.MaxAttempts; attempt++)
        {
            var newest = await loader.FindNewestAsync().ConfigureAwait(false);
            if (!mustBeNew && newest is { State: KeyState.Active } && newest.ReservedUses < bounds.MaxKeysPerIntermediate)
            {
                var chosen = new IntermediateBudget(newest.KeyId, rollbacks);
                if (await TryReserveAsync(chosen).ConfigureAwait(false))
                {
                    _budget = chosen;
                    return true;
                }
            }

            // Where another node was faster, its key is the newest one that is found next.
            var wanted = new WantedKey("", null, KeyKind.Intermediate, checked((newest?.Version ?? 0) + 1), KeyState.Active, also);
            mustBeNew &= !await maker.TryMakeAsync(session, installation, wanted, CancellationToken.None).ConfigureAwait(false);
        }

        throw Contended();
    }

    private async Task<bool> TryReserveAsync(IntermediateBudget budget)
    {
        long block = budget.NextBlock;
        long known = session.Uses.Of(budget.KeyId);
        if (await session.Store.ReserveUsesAsync(budget.KeyId, block, CancellationToken.None).ConfigureAwait(false) is not { } total)
        {
            return false;
        }

        // Nothing but an edit or a restore lowers the counter. This node's own mark makes good what it knows of.
        if (total < known + block)
        {
            services.Logger.ReservationRolledBack(budget.KeyId.ToString());
            if (await session.Store.ReserveUsesAsync(budget.KeyId, known + block - total, CancellationToken.None).ConfigureAwait(false) is not { } raised)
            {
                return false;
            }

            total = raised >= known + block ? raised : throw installation.Rows.Tampered("columncrypt_key", budget.KeyId.ToString());
        }

        session.Uses.Raise(budget.KeyId, total);
        long usable = Math.Min(block, bounds.MaxKeysPerIntermediate - (total - block));
        if (usable <= 0)
        {
            return false;
        }

        budget.Add(usable);
        return true;
    }

    private static KeyUnavailableException Contended() => new(
        KeyUnavailableReason.Unavailable, $"Other nodes used up or replaced the intermediate key {KeyPreparer.MaxAttempts} times while this one chose one. Try again.");
}
