using ColumnCrypt.Audit;
using ColumnCrypt.Kek;
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
internal sealed class CertificateIssuer(OperatorStore store, KekCaller keks, KeyBounds bounds)
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
        foreach (var key in keys)
        {
            installation.Rows.Verify(key.Key);
        }

        var audit = new AuditReader(store.Store.Audit, new AuditChain(installation.Audit), installation.Id);
        await audit.CheckpointAsync(store.Now, cancellationToken).ConfigureAwait(false);
        if (await audit.VerifyAsync(null, cancellationToken).ConfigureAwait(false) is { IsValid: false } verdict)
        {
            throw new KeyStateException($"No certificate can be issued: the audit is not whole. {verdict.Finding}");
        }

        var history = new List<ErasureEvent>();
        var made = new List<(string KeyId, string KekId)>();
        var madeAbove = new List<string>();
        var owned = new List<string>();
        string? previous = null;
        await foreach (var entry in audit.ListAsync(0, cancellationToken).ConfigureAwait(false))
        {
            previous = entry.Action == AuditActions.ShredCertify ? entry.Detail![..64] : previous;
            if (entry is { Action: AuditActions.KeyCreate, KeyId: { } keyId, Detail: { } detail } && (entry.Tenant ?? tenant) == tenant)
            {
                string[] under = detail.Split(AuditActions.WrappedUnder)[1..];
                made.AddRange(entry.Tenant is null ? [] : under.Select(kekId => (keyId.ToString(), kekId)));
                madeAbove.AddRange(entry.Tenant is null ? under : []);
            }

            if (entry is { Action: AuditActions.TenantKek, Detail: { } given } && entry.Tenant == tenant)
            {
                owned.Add(given);
            }

            if (entry.Tenant == tenant && entry.Action.StartsWith("shred.", StringComparison.Ordinal) && entry.Action != AuditActions.ShredCertify)
            {
                history.Add(new ErasureEvent(entry.Sequence, entry.At, entry.Actor, entry.Action, entry.Detail));
            }
        }

        DemandTold(tenant, keys, made);
        var judge = new BackupProofJudge(keks, installation, rows.Tenant!.KekPolicy is { } own ? new TenantKek(tenant, own) : null, store.Now);
        var involved = judge.Involved(
            await store.Store.ReadKeksAsync(cancellationToken).ConfigureAwait(false),
            keys,
            made.ToLookup(static one => one.KeyId, static one => one.KekId, StringComparer.Ordinal),
            new IntermediateHistory(await IntermediateHistory.ReadAsync(store.Store, cancellationToken).ConfigureAwait(false), madeAbove),
            rows.Tenant.ShreddedAt!.Value);
        var columns = await store.ReadManifestAsync(cancellationToken).ConfigureAwait(false);
        var certificate = new ErasureCertificate
        {
            Format = ErasureCertificate.CurrentFormat,
            InstallationId = installation.Id.ToString(),
            Tenant = tenant,
            Method = "Cryptographic Erase (NIST SP 800-88 rev. 1, section 2.6): destruction of every AES-256 data and index key of the tenant",
            IssuedBy = store.Entries.Actor,
            IssuedAt = store.Now,
            ScheduledAt = rows.Tenant.ShredScheduledAt,
            AccessRemovedAt = rows.Tenant.ShreddedAt!.Value,
            RevocationBoundSeconds = bounds.RevocationBound.TotalSeconds,
            BackupProof = await judge.JudgeAsync(involved, keys.Max(static key => key.Key.DestroyedAt!.Value), cancellationToken).ConfigureAwait(false),
            Keys = [.. keys.Select(static key => new ErasedKey(key.Key.KeyId.ToString(), KeyKindNames.NameOf(key.Key.Kind), key.Key.Version, key.Key.DestroyedAt!.Value))],
            Columns = [.. columns.Select(static column => new ErasedColumn(column.Database, column.Schema, column.Table, column.Column, column.Purpose))],
            Keks = [.. involved.Select(kek => kek with { IsTenantsOwn = owned.Exists(given => AuditActions.IsTenantKek(given, kek.KekId)) })],
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

    // A key whose row somebody hid while the tenant was shredded is neither destroyed nor in the ledger.
    private static void DemandTold(string tenant, IReadOnlyList<KeyWithWraps> keys, IEnumerable<(string KeyId, string KekId)> made)
    {
        if (made.Select(static one => one.KeyId).Except(keys.Select(static key => key.Key.KeyId.ToString()), StringComparer.Ordinal).FirstOrDefault() is { } missing)
        {
            throw new KeyStateException($"The audit knows key {missing} of tenant '{tenant}', and the key tables do not: compare them with a backup before anything is certified.");
        }
    }

    private async Task NoteAsync(Installation installation, string tenant, string text, CancellationToken cancellationToken)
    {
        var chain = new AuditChain(installation.Audit);
        var entry = store.Entries.Make(AuditActions.ShredCertify, tenant, null, CertificateText.HashOf(text));
        await store.Store.Audit.ChainAsync((head, _) => chain.Link(head, entry), cancellationToken).ConfigureAwait(false);
    }
}
