using ColumnCrypt.Audit;
using ColumnCrypt.Format;
using ColumnCrypt.Kek;
using ColumnCrypt.Keys;
using ColumnCrypt.Metadata;
using ColumnCrypt.Operators;
using ColumnCrypt.Store;

namespace ColumnCrypt.Doctor;

/// <summary>Examines a whole key store, page by page, and changes nothing. Thread-safe.</summary>
internal sealed class StoreDoctor(OperatorStore store, KekCaller keks, KeyBounds bounds)
{
    private const int PageSize = 1_000;
    private const int MinimumStrength = 128;
    private static readonly TimeSpan s_expiryWarning = TimeSpan.FromDays(30);

    /// <summary>Examines the store.</summary>
    /// <param name="samples">Stored values of the application, whose key ids are looked up; null for none.</param>
    /// <param name="cancellationToken">Cancels the examination.</param>
    public async Task<IReadOnlyList<Finding>> ExamineAsync(IAsyncEnumerable<byte[]>? samples, CancellationToken cancellationToken)
    {
        var installation = await store.InstallationAsync(cancellationToken).ConfigureAwait(false);
        var examination = new Examination();
        var told = await ReadAuditAsync(installation, examination, cancellationToken).ConfigureAwait(false);
        foreach (string tenant in told.Shredded)
        {
            if ((await store.Store.ReadTenantAsync(tenant, cancellationToken).ConfigureAwait(false)).Tenant is not { State: TenantState.Shredded })
            {
                examination.Add(Severity.Error, "tenant.came-back", tenant, "{0} tenants were shredded, says the audit, and are not: the key tables were restored from a backup made before. Shred them again.");
            }
        }

        var tenantKeks = await ExamineTenantsAsync(installation, examination, told, cancellationToken).ConfigureAwait(false);
        await ExamineKeksAsync(installation, examination, told, tenantKeks, cancellationToken).ConfigureAwait(false);
        var intermediates = (await store.Store.Inventory.ReadKeysOfAsync("", cancellationToken).ConfigureAwait(false))
            .Where(static key => key.Key is { Kind: KeyKind.Intermediate, State: KeyState.Active or KeyState.Deactivated }).Select(static key => key.Key.KeyId.ToString()).ToHashSet(StringComparer.Ordinal);
        await ExamineKeysAsync(installation, examination, told, intermediates, cancellationToken).ConfigureAwait(false);
        foreach (var missing in told.Made)
        {
            examination.Add(Severity.Error, "key.missing", missing.ToString(), "{0} keys were made, says the audit, and are not there: restore the key tables from a backup that has them.");
        }

        await ExamineSamplesAsync(samples, examination, cancellationToken).ConfigureAwait(false);
        return examination.Result();
    }

    private async Task<Told> ReadAuditAsync(Installation installation, Examination examination, CancellationToken cancellationToken)
    {
        var reader = new AuditReader(store.Store.Audit, new AuditChain(installation.Audit), installation.Id);
        if (await reader.VerifyAsync(null, cancellationToken).ConfigureAwait(false) is { IsValid: false } verdict)
        {
            examination.Add(Severity.Error, "audit.broken", verdict.Finding!, "The audit is not whole.");
        }

        var told = new Dictionary<KeyId, KeyState>();
        var made = new HashSet<KeyId>();
        var shredded = new HashSet<string>(StringComparer.Ordinal);
        var given = new Dictionary<string, string>(StringComparer.Ordinal);
        var kekEntries = new List<(string? Action, string Detail)>();
        var adoptions = new AdoptionExaminer();
        var jobs = new JobExaminer();
        await foreach (var entry in reader.ListAsync(0, cancellationToken).ConfigureAwait(false))
        {
            if (entry is { Action: AuditActions.KekAdd or AuditActions.KekRetire or AuditActions.KekDestroy, Detail: { } kek })
            {
                kekEntries.Add((entry.Action, kek));
            }

            if (entry is { Action: AuditActions.AdoptMove, Detail: { } move })
            {
                adoptions.Note(move);
            }

            if (entry is { Action: AuditActions.JobComplete or AuditActions.JobCancel, Detail: { } ended })
            {
                jobs.Note(ended);
            }

            if (entry is { Action: AuditActions.ShredMark, Tenant: { } tenant })
            {
                shredded.Add(tenant);
            }

            if (entry is { Action: AuditActions.TenantKek, Tenant: { } owner, Detail: { } detail })
            {
                given[owner] = detail;
            }

            if (entry.KeyId is { } keyId)
            {
                if (entry.Action == AuditActions.KeyCreate)
                {
                    made.Add(keyId);
                }

                KeyState? state = entry.Action switch
                {
                    AuditActions.KeySuspend => KeyState.Suspended,
                    AuditActions.KeyCompromise => KeyState.Compromised,
                    AuditActions.KeyDestroy => KeyState.Destroyed,
                    _ => null,
                };
                if (state is { } said)
                {
                    told[keyId] = said;
                }
                else if (entry.Action == AuditActions.KeyResume)
                {
                    told.Remove(keyId);
                }
            }
        }

        adoptions.Examine(installation, await store.Store.Inventory.ReadManifestAsync(cancellationToken).ConfigureAwait(false), examination);
        for (string after = ""; await store.Store.Jobs.ReadAsync(after, PageSize, cancellationToken).ConfigureAwait(false) is { Count: > 0 } page; after = page[^1].JobId)
        {
            jobs.Examine(installation, page, examination);
        }

        return new Told(told, shredded, made, given, kekEntries);
    }

    private async Task ExamineKeksAsync(Installation installation, Examination examination, Told told, HashSet<string> tenantKeks, CancellationToken cancellationToken)
    {
        foreach (var kek in await store.Store.ReadKeksAsync(cancellationToken).ConfigureAwait(false))
        {
            if (!installation.Rows.IsValid(kek))
            {
                examination.Add(Severity.Error, "row.tampered", $"KEK {kek.KekId}", Examination.Tampered);
            }

            if (told.Keks.FindLast(entry => entry.Detail.StartsWith(AuditActions.KekDetail(kek.KekId, ""), StringComparison.Ordinal)) is { Action: { } action } && kek.State != StateAfter(action))
            {
                examination.Add(Severity.Error, "kek.audit-differs", kek.KekId, "{0} KEKs are in another state than the audit says, so that new keys may be wrapped under one that was retired: put back the state with keks retire or keks destroy, and look who wrote to the key tables.");
            }

            if (!keks.IsAllowed(kek.KekId) && !tenantKeks.Contains(kek.KekId) && kek.State == KekState.Active)
            {
                examination.Add(Severity.Note, "kek.not-allowed", kek.KekId, "{0} Active KEKs of the store are not allowed by this configuration, and were not tried.");
            }
        }

        foreach (string kekId in keks.AllowedIds)
        {
            var (strength, expiresAt) = await keks.DescribeAsync(kekId, cancellationToken).ConfigureAwait(false);
            if (strength < MinimumStrength)
            {
                examination.Add(Severity.Warning, "kek.weak", kekId, "{0} KEKs have less than 128 bits of security strength (NIST SP 800-57 part 1, section 5.6.1), and no key under them has more: rewrap to a stronger one.");
            }

            if (expiresAt <= store.Now)
            {
                examination.Add(Severity.Error, "kek.expired", kekId, "{0} KEKs have a certificate that has expired: nothing is wrapped under them, and where one is an escrow no new key is made. Put a valid one in its place, or name a successor.");
            }
            else if (expiresAt <= store.Now + s_expiryWarning)
            {
                examination.Add(Severity.Warning, "kek.expiring", kekId, "{0} KEKs have a certificate that expires within 30 days: from then on nothing is wrapped under them, and where one is an escrow no new key is made.");
            }
        }
    }

    private static KekState StateAfter(string action) => action switch
    {
        AuditActions.KekRetire => KekState.Retired,
        AuditActions.KekDestroy => KekState.Destroyed,
        _ => KekState.Active,
    };

    // Gives the KEKs that are tenants' own.
    private async Task<HashSet<string>> ExamineTenantsAsync(Installation installation, Examination examination, Told told, CancellationToken cancellationToken)
    {
        var own = new HashSet<string>(StringComparer.Ordinal);
        for (string after = ""; await store.Store.Inventory.ReadTenantsAsync(after, PageSize, cancellationToken).ConfigureAwait(false) is { Count: > 0 } page; after = page[^1].Tenant)
        {
            foreach (var tenant in page)
            {
                if (!installation.Rows.IsValid(tenant))
                {
                    examination.Add(Severity.Error, "row.tampered", $"tenant {tenant.Tenant}", Examination.Tampered);
                }

                if (told.Given.Remove(tenant.Tenant, out string? given))
                {
                    CompareKek(examination, tenant.Tenant, tenant.KekPolicy, given);
                }

                if (tenant is { KekPolicy: { } kekId, State: not TenantState.Shredded })
                {
                    own.Add(kekId);
                    if (!keks.AllowsTenantKeks)
                    {
                        examination.Add(Severity.Error, "tenant.own-kek-not-allowed", tenant.Tenant, "{0} tenants have a KEK of their own, and this configuration allows none: call UseTenantKeks, or they cannot be read here.");
                    }
                }

                if (tenant is { State: TenantState.Shredded, ShredDueAt: not null })
                {
                    examination.Add(Severity.Error, "shred.unfinished", tenant.Tenant, "{0} shreds were interrupted, and keys are left: run shred due.");
                }
                else if (tenant.ShredDueAt <= store.Now && tenant.Hold is null)
                {
                    examination.Add(Severity.Warning, "shred.due", tenant.Tenant, "{0} shreds are due: run shred due.");
                }
            }
        }

        foreach (var (tenant, given) in told.Given)
        {
            CompareKek(examination, tenant, null, given);
        }

        return own;
    }

    private static void CompareKek(Examination examination, string tenant, string? kekId, string given)
    {
        if (!AuditActions.IsTenantKek(given, kekId))
        {
            examination.Add(Severity.Error, "tenant.kek-differs", tenant, "{0} tenants have another KEK than the audit says they were given, or no row: new keys would be wrapped under the wrong one. Give it again with tenants set-kek, and look who wrote to the key tables.");
        }
    }

    private async Task ExamineKeysAsync(Installation installation, Examination examination, Told told, HashSet<string> intermediates, CancellationToken cancellationToken)
    {
        var below = new Dictionary<string, int>(StringComparer.Ordinal);
        for (KeyId? after = null; await store.Store.Inventory.ReadKeysAsync(after, null, PageSize, cancellationToken).ConfigureAwait(false) is { Count: > 0 } page; after = page[^1].Key.KeyId)
        {
            foreach (var key in page)
            {
                told.Made.Remove(key.Key.KeyId);
                ExamineKey(installation, examination, key, told.States.GetValueOrDefault(key.Key.KeyId, key.Key.State));
                string[] above = [.. key.Wraps.Where(static wrap => wrap is { KekId: HierarchicalUri.Layer, Wrapped: not null }).Select(static wrap => wrap.KekVersion)];
                Array.ForEach(above, id => below[id] = below.GetValueOrDefault(id) + 1);
                if (!Array.TrueForAll(above, intermediates.Contains))
                {
                    examination.Add(Severity.Error, "wrap.intermediate-missing", key.Key.KeyId.ToString(), "{0} keys have a wrap under an intermediate key that is not there, or may not be used: restore the key tables from a backup that has it.");
                }
            }
        }

        foreach (string id in below.Where(one => one.Value > bounds.MaxKeysPerIntermediate).Select(static one => one.Key))
        {
            examination.Add(Severity.Warning, "intermediate.over-bound", id, "{0} intermediate keys wrap more keys than MaxKeysPerIntermediate: somebody lowered the counter in their rows, or the bound was higher. Look who wrote to the key tables; a rewrap to a KEK without a hierarchy and back spreads them.");
        }
    }

    private void ExamineKey(Installation installation, Examination examination, KeyWithWraps key, KeyState told)
    {
        string name = key.Key.KeyId.ToString();
        if (!installation.Rows.IsValid(key.Key))
        {
            examination.Add(Severity.Error, "row.tampered", $"key {name}", Examination.Tampered);
        }

        if (key.Key.Tenant.Length > 0 && key.Tenant is null)
        {
            examination.Add(Severity.Error, "key.orphaned", name, "{0} keys have a tenant without a row: compare the key tables with a backup.");
        }

        // A shred destroys without an entry of its own for each key.
        if (told != key.Key.State && key.Key.State != KeyState.Destroyed)
        {
            examination.Add(Severity.Error, "key.audit-differs", name, "{0} keys are in another state than the audit says: compare the key tables with a backup.");
        }

        var alive = key.Wraps.Where(static wrap => wrap.Wrapped is not null).ToList();
        if (key.Key.State == KeyState.Destroyed)
        {
            if (alive.Count > 0)
            {
                examination.Add(Severity.Error, "wrap.of-destroyed", name, "{0} keys are Destroyed and have a wrap again: somebody put it back. Where the tenant is Shredded, shred now clears it; else set the wrap's bytes to NULL by hand. Look who wrote to the key tables.");
            }

            return;
        }

        ExamineWraps(examination, name, key.Tenant?.KekPolicy, alive);
        if (key.Key is { Kind: KeyKind.Data, State: KeyState.Active })
        {
            if (key.Key.ActivatedAt + bounds.Cryptoperiod <= store.Now)
            {
                examination.Add(Severity.Warning, "key.expired", name, "{0} Active data keys are past their cryptoperiod: they rotate when they are next used, or with keys rotate.");
            }

            if (key.Key.ReservedUses >= bounds.RotateAtUses * 0.8)
            {
                examination.Add(Severity.Warning, "key.near-budget", name, "{0} Active data keys have used up four fifths of the uses at which they rotate.");
            }
        }
    }

    private void ExamineWraps(Examination examination, string name, string? own, IReadOnlyList<WrapRecord> alive)
    {
        if (own is not null && alive.Any(wrap => wrap.KekId != own))
        {
            examination.Add(Severity.Warning, "wrap.not-own", name, "{0} keys of tenants with a KEK of their own have a wrap under another: whoever has that one reads them, whatever the tenant does. Drop it with a rewrap for that tenant.");
        }

        if (alive.Count == 0)
        {
            examination.Add(Severity.Error, "wrap.missing", name, "{0} keys have no wrap, although they are not destroyed: restore the key tables from a backup that has one.");
        }
        else if (alive.All(wrap => wrap.KekId != own && !keks.IsAllowed(wrap.KekId)))
        {
            examination.Add(Severity.Error, "wrap.not-allowed", name, "{0} keys are wrapped only by KEKs that this configuration does not allow.");
        }
        else if (alive.All(wrap => wrap.KekId != own && !keks.Unwraps(wrap.KekId)))
        {
            examination.Add(Severity.Error, "wrap.escrow-only", name, "{0} keys open only with the private half of an escrow KEK: recover them with it, then rewrap.");
        }
        else if (alive.Select(static wrap => wrap.KekId).Distinct(StringComparer.Ordinal).Count() == 1 && alive[0].KekId != HierarchicalUri.Layer)
        {
            examination.Add(Severity.Note, "wrap.single", name, "{0} keys have wraps of one KEK only: without it they are lost.");
        }

        if (alive.Any(static wrap => wrap.VerifiedAt is null))
        {
            examination.Add(Severity.Note, "wrap.unverified", name, "{0} keys have a wrap that no operator has proved by unwrapping it.");
        }

        // What keys under intermediate keys need is what those need.
        foreach (string kekId in alive.Select(static wrap => wrap.KekId).Where(static kekId => kekId != HierarchicalUri.Layer).Distinct(StringComparer.Ordinal))
        {
            examination.Add(Severity.Note, "kek.needed:" + kekId, name, "{0} keys can be read with the KEK " + kekId.Replace("{", "{{", StringComparison.Ordinal).Replace("}", "}}", StringComparison.Ordinal) + ": a backup needs it.");
        }
    }

    private async Task ExamineSamplesAsync(IAsyncEnumerable<byte[]>? samples, Examination examination, CancellationToken cancellationToken)
    {
        if (samples is null)
        {
            return;
        }

        await foreach (byte[] sample in samples.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            try
            {
                var keyId = ValueFrame.ReadKeyId(sample, "a sampled value");
                if (await store.Store.FindTenantAsync(keyId, cancellationToken).ConfigureAwait(false) is null)
                {
                    examination.Add(Severity.Error, "sample.key-unknown", keyId.ToString(), "{0} sampled values are under keys that this store does not hold: restore the key tables from a backup that has them.");
                }
            }
            catch (CiphertextInvalidException)
            {
                examination.Add(Severity.Error, "sample.not-encrypted", $"{sample.Length} bytes", "{0} sampled values are none that ColumnCrypt wrote: is the column encrypted at all?");
            }
        }
    }

    // What the audit last said of keys that an operator has touched, the tenants that were shredded, the keys that were made and not yet met,
    // and the KEKs that tenants were last given, those whose rows were met taken out; and what operators did with KEKs, in order.
    private sealed record Told(
        Dictionary<KeyId, KeyState> States, HashSet<string> Shredded, HashSet<KeyId> Made, Dictionary<string, string> Given, List<(string? Action, string Detail)> Keks);
}
