using ColumnCrypt.Audit;
using ColumnCrypt.Keys;
using ColumnCrypt.Metadata;
using ColumnCrypt.Operators;
using ColumnCrypt.Signing;
using ColumnCrypt.Store;

namespace ColumnCrypt.Shredding;

/// <summary>
/// Issues certificates of erasure: of a tenant whose keys are all Destroyed and without wraps, and by a store whose audit is whole. Its
/// hash goes into the audit, and into the next certificate. Thread-safe.
/// </summary>
internal sealed class CertificateIssuer(OperatorStore store, KeyBounds bounds)
{
    private static readonly string[] s_remains =
    [
        "the tenant id, as a tombstone that is never used again",
        "ids, commitments, states and times of the keys, which give no access to a value",
        "the ciphertext in the application's tables, until the application deletes it: lengths and NULLs can be seen",
        "copies of the wraps in backups and logs of the key tables, made before the shred: see backupProof",
    ];

    public async Task<string> IssueAsync(string tenant, IOperatorSigner signer, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(signer);
        var installation = await store.InstallationAsync(cancellationToken).ConfigureAwait(false);
        var rows = await store.ReadTenantAsync(tenant, cancellationToken).ConfigureAwait(false);
        var keys = await store.Store.Inventory.ReadKeysOfAsync(tenant, cancellationToken).ConfigureAwait(false);
        Demand(tenant, rows, keys);
        var audit = new AuditReader(store.Store.Audit, new AuditChain(installation.Audit), installation.Id);
        if (await audit.VerifyAsync(null, cancellationToken).ConfigureAwait(false) is { IsValid: false } verdict)
        {
            throw new KeyStateException($"No certificate can be issued: the audit is not whole. {verdict.Finding}");
        }

        var history = new List<ErasureEvent>();
        var made = new HashSet<string>(StringComparer.Ordinal);
        string? previous = null;
        await foreach (var entry in audit.ListAsync(0, cancellationToken).ConfigureAwait(false))
        {
            previous = entry.Action == AuditActions.ShredCertify ? entry.Detail![..64] : previous;
            if (entry.Tenant == tenant && entry.Action == AuditActions.KeyCreate && entry.Detail?.Split(AuditActions.WrappedUnder) is [_, var kekId])
            {
                made.Add(kekId);
            }

            if (entry.Tenant == tenant && entry.Action.StartsWith("shred.", StringComparison.Ordinal) && entry.Action != AuditActions.ShredCertify)
            {
                history.Add(new ErasureEvent(entry.Sequence, entry.At, entry.Actor, entry.Action, entry.Detail));
            }
        }

        var keks = await KeksOfAsync(installation, keys, made, cancellationToken).ConfigureAwait(false);
        var columns = await store.Store.Inventory.ReadManifestAsync(cancellationToken).ConfigureAwait(false);
        var certificate = new ErasureCertificate
        {
            Format = ErasureCertificate.CurrentFormat,
            InstallationId = installation.Id.ToString(),
            Tenant = tenant,
            Method = "Cryptographic Erase (NIST SP 800-88 rev. 1, section 2.6): destruction of every AES-256 data and index key of the tenant",
            IssuedBy = store.Entries.Actor,
            IssuedAt = store.Now,
            ScheduledAt = rows.Tenant!.ShredScheduledAt,
            AccessRemovedAt = rows.Tenant.ShreddedAt!.Value,
            RevocationBoundSeconds = bounds.RevocationBound.TotalSeconds,
            BackupProof = Judge(keks, store.Now),
            Keys = [.. keys.Select(static key => new ErasedKey(key.Key.KeyId.ToString(), KeyKindNames.NameOf(key.Key.Kind), key.Key.Version, key.Key.DestroyedAt!.Value))],
            Columns = [.. columns.Select(static column => new ErasedColumn(column.Database, column.Schema, column.Table, column.Column, column.Purpose))],
            Keks = keks,
            History = history,
            Remains = s_remains,
            PreviousCertificate = previous,
            PublicKey = Convert.ToBase64String(signer.PublicKey.Span),
            Signature = "",
        };
        byte[] signature = await signer.SignAsync(CertificateText.SignedBytes(certificate), cancellationToken).ConfigureAwait(false);
        string text = CertificateText.Write(certificate with { Signature = Convert.ToBase64String(signature) });
        await NoteAsync(installation, tenant, text, cancellationToken).ConfigureAwait(false);
        return text;
    }

    private static void Demand(string tenant, TenantKeys rows, IReadOnlyList<KeyWithWraps> keys)
    {
        if (rows.Tenant is null)
        {
            throw new KeyStateException($"Tenant '{tenant}' has no keys in this key store: there is nothing to certify.");
        }

        if (rows.Tenant.State != TenantState.Shredded || keys.Any(static key => key.Key.State != KeyState.Destroyed || key.Wraps.Any(static wrap => wrap.Wrapped is not null)))
        {
            throw new KeyStateException($"The keys of tenant '{tenant}' are not destroyed, or not all of them. Shred it first; a shred that was interrupted goes on when it is called again.");
        }
    }

    // From the history of wraps and, because its rows have no macs, from what the audit says of the making of the keys.
    private async Task<IReadOnlyList<InvolvedKek>> KeksOfAsync(Installation installation, IReadOnlyList<KeyWithWraps> keys, HashSet<string> made, CancellationToken cancellationToken)
    {
        var rows = (await store.Store.ReadKeksAsync(cancellationToken).ConfigureAwait(false)).ToDictionary(static row => row.KekId, StringComparer.Ordinal);
        var wraps = keys.SelectMany(static key => key.Wraps).ToLookup(static wrap => wrap.KekId, StringComparer.Ordinal);
        return
        [
            .. wraps.Select(static group => group.Key).Union(made, StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(kekId =>
            {
                var row = rows.GetValueOrDefault(kekId) is { } known && installation.Rows.IsValid(known) ? known : null;
                return new InvolvedKek(
                    kekId,
                    wraps[kekId].Min(static wrap => (DateTimeOffset?)wrap.ValidFrom) ?? keys.Min(static key => key.Key.CreatedAt),
                    wraps[kekId].Max(static wrap => wrap.ValidTo),
                    row?.State.ToString() ?? "unknown to the key store",
                    row is { State: KekState.Destroyed } ? row.DestroyedAt : null);
            }),
        ];
    }

    private static BackupProof Judge(IReadOnlyList<InvolvedKek> keks, DateTimeOffset now)
    {
        var alive = keks.Where(kek => kek.DestructionFinalAt is null || kek.DestructionFinalAt > now).ToList();
        string[] asserted = [.. keks.Where(static kek => kek.DestructionFinalAt is not null).Select(static kek => kek.KekId)];
        return alive.Count == 0 && keks.Count > 0
            ? new BackupProof(true, keks.Max(static kek => kek.DestructionFinalAt), asserted, [])
            : new BackupProof(false, null, asserted, [.. alive.Select(kek => kek.DestructionFinalAt is { } final
                ? $"The KEK {kek.KekId} is destroyed, and the destruction is final only at {final.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}."
                : $"The KEK {kek.KekId}, which wrapped these keys, is not destroyed: whoever has it and a backup of the key tables can read the values.")]);
    }

    private async Task NoteAsync(Installation installation, string tenant, string text, CancellationToken cancellationToken)
    {
        var chain = new AuditChain(installation.Audit);
        var entry = store.Entries.Make(AuditActions.ShredCertify, tenant, null, CertificateText.HashOf(text));
        await store.Store.Audit.ChainAsync((head, _) => chain.Link(head, entry), cancellationToken).ConfigureAwait(false);
    }
}
