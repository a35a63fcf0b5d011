using ColumnCrypt.Diagnostics;
using ColumnCrypt.Keys;
using ColumnCrypt.Metadata;
using ColumnCrypt.Store;
using Microsoft.Extensions.Logging;

namespace ColumnCrypt.Lifecycle;

/// <summary>The verbs over an instance's rings. Thread-safe.</summary>
internal sealed class KeyManager(Func<string, StoreSession> sessionOf, InstallationLoader installations, RingLoader loader, KeyRotator rotator, RingTable table, RingServices services) : IKeyManager
{
    private const int MaxAttempts = 8;

    public async Task<InstallationInfo> InitAsync(string? tenant = null, CancellationToken cancellationToken = default)
    {
        var session = sessionOf(tenant ?? TenantId.Default);
        var made = (await installations.LoadAsync(session.Store, create: true, cancellationToken).ConfigureAwait(false))!;
        return new InstallationInfo(made.Id, Convert.ToHexStringLower(made.Commitment));
    }

    public async Task<IReadOnlyList<KeyInfo>> ListKeysAsync(string tenant, CancellationToken cancellationToken = default)
    {
        var session = sessionOf(TenantId.From(tenant));
        var installation = await session.GetInstallationAsync(create: false, cancellationToken).ConfigureAwait(false);
        if (installation is null)
        {
            return [];
        }

        var rows = await loader.ReadRowsAsync(session, installation, tenant, cancellationToken).ConfigureAwait(false);
        return [.. rows.Keys.Select(Describe)];
    }

    public async Task<KeyInfo> RotateAsync(string tenant, CancellationToken cancellationToken = default)
    {
        var session = sessionOf(TenantId.From(tenant));
        for (int attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var installation = await ExistingAsync(session, cancellationToken).ConfigureAwait(false);
            if (await rotator.RotateAsync(session, installation, tenant, atOnce: false, cancellationToken).ConfigureAwait(false) is { } key)
            {
                await session.ReadGenerationAsync(cancellationToken).ConfigureAwait(false);
                return Describe(key);
            }
        }

        throw KeyPreparer.Contended(tenant);
    }

    public async Task ShredNowAsync(string tenant, CancellationToken cancellationToken = default)
    {
        var session = sessionOf(TenantId.From(tenant));
        var installation = await ExistingAsync(session, cancellationToken).ConfigureAwait(false);
        bool marked = false;
        for (int attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var rows = await loader.ReadRowsAsync(session, installation, tenant, cancellationToken).ConfigureAwait(false);
            if (rows.Tenant is not { } row)
            {
                throw new KeyUnavailableException(KeyUnavailableReason.StateForbids, $"Tenant '{tenant}' has no keys: there is nothing to destroy.");
            }

            var alive = rows.Keys.Where(static key => key.State != KeyState.Destroyed).ToList();
            if (row.State == TenantState.Shredded && alive.Count == 0)
            {
                if (!marked)
                {
                    throw KeyRing.Shredded(tenant);
                }

                services.Logger.TenantShredded(tenant);
                return;
            }

            // The mark comes first, in a transaction of its own: from then on no key is made for the tenant, so that the keys
            // read after it are all that there are. A shred that stops in between goes on when it is called again.
            marked |= row.State == TenantState.Shredded
                ? await DestroyAsync(session, installation, row, alive, cancellationToken).ConfigureAwait(false)
                : await MarkAsync(session, installation, row, cancellationToken).ConfigureAwait(false);
        }

        throw KeyPreparer.Contended(tenant);
    }

    private async Task<bool> MarkAsync(StoreSession session, Installation installation, TenantRecord row, CancellationToken cancellationToken)
    {
        var now = services.Now;
        bool done = await session.Store.TryChangeAsync(
            generation => new KeyChange(
                installation.Rows.Sign(row with { State = TenantState.Shredded, ShreddedAt = now, Generation = generation, RowVersion = row.RowVersion + 1 }), []),
            cancellationToken).ConfigureAwait(false);
        if (done && table.Find(row.Tenant) is { Ring: { } ring } slot)
        {
            ring.Fail(KeyRing.Shredded(row.Tenant));
            table.Evict(slot, ring);
        }

        return done;
    }

    private Task<bool> DestroyAsync(StoreSession session, Installation installation, TenantRecord row, IReadOnlyList<KeyRecord> alive, CancellationToken cancellationToken)
    {
        var now = services.Now;
        var destroyed = alive.Select(key => installation.Rows.Sign(key with { State = KeyState.Destroyed, DestroyedAt = now, RowVersion = key.RowVersion + 1 })).ToList();
        return session.Store.TryChangeAsync(
            generation => new KeyChange(installation.Rows.Sign(row with { Generation = generation, RowVersion = row.RowVersion + 1 }), destroyed, DropWraps: true),
            cancellationToken);
    }

    private static async Task<Installation> ExistingAsync(StoreSession session, CancellationToken cancellationToken) =>
        await session.GetInstallationAsync(create: false, cancellationToken).ConfigureAwait(false) ?? throw InstallationLoader.NotInitialized();

    private static KeyInfo Describe(KeyRecord key) => new(key.KeyId, key.Kind, key.Version, key.State, key.CreatedAt, key.ReservedUses);
}
