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
        for (int attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var installation = await ExistingAsync(session, cancellationToken).ConfigureAwait(false);
            var rows = await loader.ReadRowsAsync(session, installation, tenant, cancellationToken).ConfigureAwait(false);
            if (rows.Tenant is not { } row)
            {
                throw new KeyUnavailableException(KeyUnavailableReason.StateForbids, $"Tenant '{tenant}' has no keys: there is nothing to destroy.");
            }

            if (row.State == TenantState.Shredded)
            {
                throw KeyRing.Shredded(tenant);
            }

            var now = services.Now;
            var keys = rows.Keys
                .Where(static key => key.State != KeyState.Destroyed)
                .Select(key => installation.Rows.Sign(key with { State = KeyState.Destroyed, DestroyedAt = now, RowVersion = key.RowVersion + 1 }))
                .ToList();
            bool done = await session.Store.TryChangeAsync(
                generation => new KeyChange(
                    installation.Rows.Sign(row with { State = TenantState.Shredded, ShreddedAt = now, Generation = generation, RowVersion = row.RowVersion + 1 }),
                    keys,
                    DropWraps: true),
                cancellationToken).ConfigureAwait(false);
            if (done)
            {
                services.Logger.TenantShredded(tenant);
                if (table.Find(tenant) is { Ring: { } ring } slot)
                {
                    ring.Fail(KeyRing.Shredded(tenant));
                    table.Evict(slot, ring);
                }

                return;
            }
        }

        throw KeyPreparer.Contended(tenant);
    }

    private static async Task<Installation> ExistingAsync(StoreSession session, CancellationToken cancellationToken) =>
        await session.GetInstallationAsync(create: false, cancellationToken).ConfigureAwait(false) ?? throw InstallationLoader.NotInitialized();

    private static KeyInfo Describe(KeyRecord key) => new(key.KeyId, key.Kind, key.Version, key.State, key.CreatedAt, key.ReservedUses);
}
