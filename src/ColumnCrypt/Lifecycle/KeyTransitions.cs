using ColumnCrypt.Audit;
using ColumnCrypt.Format;
using ColumnCrypt.Keys;
using ColumnCrypt.Metadata;
using ColumnCrypt.Operators;

namespace ColumnCrypt.Lifecycle;

/// <summary>Moves single keys from state to state (NIST SP 800-57 part 1 rev. 5, section 7). Thread-safe.</summary>
internal sealed class KeyTransitions(OperatorStore store, KeyRotator rotator)
{
    /// <summary>Publishes the next version of a tenant's data key.</summary>
    public async Task<KeyRecord> RotateAsync(string tenant, string? reason, CancellationToken cancellationToken)
    {
        var installation = await store.InstallationAsync(cancellationToken).ConfigureAwait(false);
        for (int attempt = 0; attempt < OperatorStore.MaxAttempts; attempt++)
        {
            if (await rotator.RotateAsync(store.Session, installation, tenant, atOnce: false, cancellationToken, reason ?? "no reason given").ConfigureAwait(false) is { } key)
            {
                await store.Session.ReadGenerationAsync(CancellationToken.None).ConfigureAwait(false);
                return key;
            }
        }

        throw KeyPreparer.Contended(tenant);
    }

    public Task<KeyRecord> SuspendAsync(KeyId keyId, string reason, CancellationToken cancellationToken) => MoveAsync(
        keyId, AuditActions.KeySuspend, reason, static (key, _, now) => key with { State = KeyState.Suspended, SuspendedAt = now }, cancellationToken);

    public Task<KeyRecord> ResumeAsync(KeyId keyId, string reason, CancellationToken cancellationToken) =>
        MoveAsync(keyId, AuditActions.KeyResume, reason, Resumed, cancellationToken);

    public Task<KeyRecord> DestroyAsync(KeyId keyId, string reason, CancellationToken cancellationToken) => MoveAsync(
        keyId,
        AuditActions.KeyDestroy,
        reason,
        static (key, tenant, now) => key.State == KeyState.Active
            ? throw new KeyStateException($"Key {key.KeyId} is Active: tenant '{key.Tenant}' encrypts under it. Rotate it and re-encrypt its rows first, or shred the tenant.")
            : key with { State = KeyState.Destroyed, DestroyedAt = now },
        cancellationToken);

    /// <summary>Marks a key Compromised and sees to a successor where it encrypted.</summary>
    /// <returns>The key, and the key that encrypts in its place or null.</returns>
    public async Task<(KeyRecord Key, KeyRecord? Successor)> CompromiseAsync(KeyId keyId, string reason, CancellationToken cancellationToken)
    {
        bool encrypted = false;
        var key = await MoveAsync(
            keyId,
            AuditActions.KeyCompromise,
            reason,
            (key, _, now) =>
            {
                encrypted = key is { Kind: KeyKind.Data, State: KeyState.Active or KeyState.Suspended };
                return key with { State = KeyState.Compromised, CompromisedAt = now };
            },
            cancellationToken).ConfigureAwait(false);
        return (key, encrypted ? await SucceedAsync(key.Tenant, cancellationToken).ConfigureAwait(false) : null);
    }

    // A node that is about to write may make the successor itself meanwhile.
    private async Task<KeyRecord?> SucceedAsync(string tenant, CancellationToken cancellationToken)
    {
        var installation = await store.InstallationAsync(cancellationToken).ConfigureAwait(false);
        for (int attempt = 0; attempt < OperatorStore.MaxAttempts; attempt++)
        {
            var rows = await store.ReadTenantAsync(tenant, cancellationToken).ConfigureAwait(false);
            if (rows.Tenant!.State != TenantState.Active)
            {
                return null;
            }

            if (rows.Keys.FirstOrDefault(static key => key is { Kind: KeyKind.Data, State: KeyState.Active }) is { } active)
            {
                await store.Session.ReadGenerationAsync(CancellationToken.None).ConfigureAwait(false);
                return active;
            }

            await rotator.RotateAsync(store.Session, installation, tenant, atOnce: true, cancellationToken).ConfigureAwait(false);
        }

        throw OperatorStore.Contended($"tenant '{tenant}'");
    }

    private async Task<KeyRecord> MoveAsync(
        KeyId keyId, string action, string reason, Func<KeyRecord, IReadOnlyList<KeyRecord>, DateTimeOffset, KeyRecord> move, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        string tenant = await store.TenantOfAsync(keyId, cancellationToken).ConfigureAwait(false);
        KeyRecord? moved = null;
        await store.ChangeAsync(
            tenant,
            (row, rows) =>
            {
                if (row.State == TenantState.Shredded)
                {
                    throw KeyRing.Shredded(tenant);
                }

                var key = rows.Keys.Single(key => key.KeyId == keyId);
                moved = move(key, rows.Keys, store.Now);
                if (moved.State == KeyState.Destroyed && row.Hold is { } hold)
                {
                    throw new KeyStateException($"Tenant '{tenant}' is under a legal hold: {hold} Nothing of it is destroyed until the hold is released.");
                }

                return StateTable.AllowsTransition(key.State, moved.State)
                    ? new TenantChange(row, [moved], store.Entries.Make(action, tenant, keyId, reason), DropWraps: moved.State == KeyState.Destroyed)
                    : throw Forbidden(key, moved.State);
            },
            cancellationToken).ConfigureAwait(false);
        return moved!;
    }

    private static KeyRecord Resumed(KeyRecord key, IReadOnlyList<KeyRecord> keys, DateTimeOffset now)
    {
        if (key.State != KeyState.Suspended)
        {
            throw Forbidden(key, KeyState.Active);
        }

        if (key.ActivatedAt is null)
        {
            // Nodes have let go of it: it is announced anew, and due only after the revocation bound.
            return key with { State = KeyState.PreActive, CreatedAt = now, SuspendedAt = null };
        }

        bool replaced = key.DeactivatedAt is not null || keys.Any(other => other.Kind == key.Kind && other.State == KeyState.Active);
        return replaced
            ? key with { State = KeyState.Deactivated, DeactivatedAt = key.DeactivatedAt ?? now, SuspendedAt = null }
            : key with { State = KeyState.Active, SuspendedAt = null };
    }

    private static KeyStateException Forbidden(KeyRecord key, KeyState wanted)
    {
        string possible = string.Join(", ", Enum.GetValues<KeyState>().Where(to => StateTable.AllowsTransition(key.State, to)));
        return new KeyStateException(
            $"Key {key.KeyId} of tenant '{key.Tenant}' is {key.State} and cannot become {wanted}. {(possible.Length > 0 ? $"It can become {possible}." : "Its state is final.")}");
    }
}
