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
/// Makes data keys: generate locally, wrap, commit the row and its wrap, and only then let anybody load it. Where another node
/// was faster, the key made here is discarded. Thread-safe.
/// </summary>
internal sealed class KeyMaker(KekCaller keks, RingServices services)
{
    /// <summary>Makes a data key in the given state; false where another node made that version first.</summary>
    public async Task<bool> TryMakeAsync(StoreSession session, Installation installation, string tenant, int version, KeyState state, CancellationToken cancellationToken)
    {
        using var secret = services.Memory.Rent(Kdf.Size);
        SystemRandom.Fill(secret.GetSpan());
        byte[] commitment = Kdf.Commitment(secret.GetSpan());
        var id = new KeyId(commitment.AsSpan(0, KeyId.Size));
        var now = services.Now;
        var wrap = await keks.WrapAsync(secret.Memory, new WrapContext(installation.Id, tenant, id, KeyKind.Data), session.Standing, now, cancellationToken).ConfigureAwait(false);
        var rows = installation.Rows;
        var key = rows.Sign(new KeyRecord
        {
            KeyId = id,
            Tenant = tenant,
            Kind = KeyKind.Data,
            Version = version,
            State = state,
            CreatedAt = now,
            ActivatedAt = state == KeyState.Active ? now : null,
            Commitment = commitment,
            RowVersion = 1,
        });
        var newTenant = rows.Sign(new TenantRecord
        {
            Tenant = tenant,
            State = TenantState.Active,
            CreatedAt = now,
            Generation = 0,
            RowVersion = 1,
        });
        bool made = await session.Store.TryInsertKeyAsync(new NewKey(newTenant, key, [wrap], [KekRow(wrap.KekId, rows, now)], EntryOf(installation, key, wrap.KekId)), cancellationToken).ConfigureAwait(false);
        if (made)
        {
            services.Logger.KeyCreated(id.ToString(), version, tenant);
        }

        return made;
    }

    private AuditRecord EntryOf(Installation installation, KeyRecord key, string kekId) => new AuditChain(installation.Audit).Sign(
        services.Entries.Make(AuditActions.KeyCreate, key.Tenant, key.KeyId, string.Create(CultureInfo.InvariantCulture, $"version {key.Version}, {key.State}{AuditActions.WrappedUnder}{kekId}")));

    /// <summary>The row of a KEK that has just wrapped a key.</summary>
    public static KekRecord KekRow(string kekId, RowAuthenticator rows, DateTimeOffset now) => rows.Sign(new KekRecord
    {
        KekId = kekId,
        State = KekState.Active,
        Priority = 0,
        AddedAt = now,
        RowVersion = 1,
    });
}
