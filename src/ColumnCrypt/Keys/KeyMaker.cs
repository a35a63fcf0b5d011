using System.Globalization;
using ColumnCrypt.Audit;
using ColumnCrypt.Crypto;
using ColumnCrypt.Diagnostics;
using ColumnCrypt.Format;
using ColumnCrypt.Kek;
using ColumnCrypt.Metadata;
using ColumnCrypt.Store;
using Microsoft.Extensions.Logging;

namespace ColumnCrypt.Keys;

/// <summary>
/// Makes data, index and intermediate keys: generate locally, wrap, commit the row and its wraps, escrow included, and only then let anybody load it. Where another node
/// was faster, the key made here is discarded. Thread-safe.
/// </summary>
internal sealed class KeyMaker(KekCaller keks, InstallationLoader installations, RingServices services)
{
    /// <summary>
    /// Makes a key; false where another node made that version first, or the tenant has another KEK of its own by now.
    /// </summary>
    public async Task<bool> TryMakeAsync(StoreSession session, Installation installation, WantedKey wanted, CancellationToken cancellationToken)
    {
        try
        {
            return await TryMakeAsync(session, installation, session.Standing, wanted, cancellationToken).ConfigureAwait(false);
        }
        catch (KeyUnavailableException error) when (error.Reason == KeyUnavailableReason.KekNotAllowed)
        {
            // The KEK was retired since this node last read: what the store says now decides, once. Not through the session, whose
            // refreshes may be what waits for this key.
            var standing = await installations.ReadStandingAsync(session.Store, installation, cancellationToken).ConfigureAwait(false);
            return await TryMakeAsync(session, installation, standing, wanted, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<bool> TryMakeAsync(StoreSession session, Installation installation, KekStanding standing, WantedKey wanted, CancellationToken cancellationToken)
    {
        using var secret = services.Memory.Rent(Kdf.Size);
        SystemRandom.Fill(secret.GetSpan());
        byte[] commitment = Kdf.Commitment(secret.GetSpan());
        var id = new KeyId(commitment.AsSpan(0, KeyId.Size));
        var now = services.Now;
        var wraps = await keks.WrapNewAsync(
            secret.Memory, new WrapContext(installation.Id, wanted.Tenant, id, wanted.Kind), standing, now, cancellationToken, wanted.OwnKek, wanted.Also).ConfigureAwait(false);
        var rows = installation.Rows;
        var key = rows.Sign(new KeyRecord
        {
            KeyId = id,
            Tenant = wanted.Tenant,
            Kind = wanted.Kind,
            Version = wanted.Version,
            State = wanted.State,
            CreatedAt = now,
            ActivatedAt = wanted.State == KeyState.Active ? now : null,
            Commitment = commitment,
            RowVersion = 1,
        });
        var newTenant = wanted.Tenant.Length == 0 ? null : rows.Sign(new TenantRecord
        {
            Tenant = wanted.Tenant,
            State = TenantState.Active,
            KekPolicy = wanted.OwnKek,
            CreatedAt = now,
            Generation = 0,
            RowVersion = 1,
        });
        bool made = await session.Store.TryInsertKeyAsync(new NewKey(newTenant, key, wraps, KekRows(wraps, keks, rows, now), EntryOf(installation, key, wraps)), cancellationToken).ConfigureAwait(false);
        if (made)
        {
            services.Logger.KeyCreated(id.ToString(), wanted.Version, wanted.Tenant);
        }

        return made;
    }

    private AuditRecord EntryOf(Installation installation, KeyRecord key, IEnumerable<WrapRecord> wraps)
    {
        string under = string.Concat(wraps.Select(static wrap => AuditActions.WrappedUnder + wrap.KekId));
        return new AuditChain(installation.Audit).Sign(
            services.Entries.Make(AuditActions.KeyCreate, key.Tenant.Length == 0 ? null : key.Tenant, key.KeyId, string.Create(CultureInfo.InvariantCulture, $"version {key.Version}, {key.State}{under}")));
    }

    /// <summary>The rows of the KEKs that have just wrapped a key.</summary>
    public static IReadOnlyList<KekRecord> KekRows(IEnumerable<WrapRecord> wraps, KekCaller keks, RowAuthenticator rows, DateTimeOffset now) => [.. wraps.Select(wrap => rows.Sign(new KekRecord
    {
        KekId = wrap.KekId,
        State = KekState.Active,
        Priority = keks.PriorityOf(wrap.KekId),
        AddedAt = now,
        RowVersion = 1,
    }))];
}
