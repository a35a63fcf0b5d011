using System.Globalization;
using ColumnCrypt.Crypto;
using ColumnCrypt.Format;
using ColumnCrypt.Kek;
using ColumnCrypt.Keys;
using ColumnCrypt.Metadata;
using ColumnCrypt.Store;

namespace ColumnCrypt.Shredding;

/// <summary>
/// Tries the wraps that a backup of the key tables holds on every KEK that this process can reach, the tenant's own included. Only a KEK that opens its own wraps and
/// refuses these proves something; one that denies, is disabled or does not answer is named as not tried. Thread-safe.
/// </summary>
internal sealed class BackupTrial(KekCaller keks, RingServices services)
{
    /// <summary>Tries the wraps.</summary>
    /// <param name="certificate">The certificate.</param>
    /// <param name="backup">The key tables of the backup.</param>
    /// <param name="store">Those that live, whose intermediate keys may open what the backup holds; null for none.</param>
    /// <param name="claims">Takes what was done.</param>
    /// <param name="findings">Takes what opens.</param>
    /// <param name="cancellationToken">Cancels the trial.</param>
    public async Task RunAsync(ErasureCertificate certificate, IKeyStore backup, IKeyStore? store, List<string> claims, List<string> findings, CancellationToken cancellationToken)
    {
        var installation = KeyId.Parse(certificate.InstallationId);
        var keys = await backup.Inventory.ReadKeysOfAsync(certificate.Tenant, cancellationToken).ConfigureAwait(false);
        if (!keys.Any(key => certificate.Keys.Any(erased => erased.KeyId == key.Key.KeyId.ToString())))
        {
            findings.Add("The backup holds none of the keys of the certificate: it proves nothing about them. Is it of another installation, or from before the tenant's first key?");
            return;
        }

        var reachable = new List<string>();
        foreach (var kek in certificate.Keks.Where(kek => !keks.Unwraps(kek.KekId) && !IsOwn(kek)))
        {
            claims.Add($"Backup: not tried on {kek.KekId}: this configuration does not unwrap with it.");
        }

        foreach (string kekId in keks.UnwrappingIds.Concat(certificate.Keks.Where(IsOwn).Select(static kek => kek.KekId)))
        {
            if (await WhyNotAsync(kekId, certificate.Tenant, installation, cancellationToken).ConfigureAwait(false) is { } reason)
            {
                claims.Add($"Backup: not tried on {kekId}: {reason}");
            }
            else
            {
                reachable.Add(kekId);
            }
        }

        IReadOnlyList<KeyWithWraps> intermediates =
        [
            .. await IntermediateHistory.ReadAsync(backup, cancellationToken).ConfigureAwait(false),
            .. store is null ? [] : await IntermediateHistory.ReadAsync(store, cancellationToken).ConfigureAwait(false),
        ];
        int tried = 0;
        foreach (var key in keys)
        {
            var context = new WrapContext(installation, key.Key.Tenant, key.Key.KeyId, key.Key.Kind);
            foreach (var wrap in key.Wraps.Where(static wrap => wrap.Wrapped is not null))
            {
                tried++;
                if (wrap.KekId == HierarchicalUri.Layer
                    ? await OpensBelowAsync(wrap, context, intermediates, reachable, cancellationToken).ConfigureAwait(false)
                    : await OpensAsync(wrap, context, reachable, cancellationToken).ConfigureAwait(false))
                {
                    findings.Add($"The backup's wrap of key {key.Key.KeyId} opens under the KEK {wrap.KekId}: whoever has both reads the tenant's values.");
                }
            }
        }

        claims.Add(string.Create(CultureInfo.InvariantCulture, $"Backup: {tried} wraps of {keys.Count} keys were tried on {reachable.Count} KEKs."));
    }

    // Any other URI may have come out of a wrap's row, which has no mac: the tenant's credential is not for it.
    private bool IsOwn(InvolvedKek kek) => kek.IsTenantsOwn && keks.AllowsTenantKeks && !keks.IsAllowed(kek.KekId);

    private async Task<string?> WhyNotAsync(string kekId, string tenant, KeyId installation, CancellationToken cancellationToken)
    {
        try
        {
            await (keks.IsAllowed(kekId) ? keks.ProbeAsync(kekId, installation, cancellationToken) : keks.ProbeAsync(new TenantKek(tenant, kekId), installation, cancellationToken)).ConfigureAwait(false);
            return null;
        }
        catch (KeyUnavailableException error)
        {
            return error.Message;
        }
    }

    private async Task<bool> OpensAsync(WrapRecord wrap, WrapContext context, IReadOnlyList<string> kekIds, CancellationToken cancellationToken)
    {
        using var secret = services.Memory.Rent(SecretMemory.SlotSize);
        return await OpenAsync(wrap, context, kekIds, secret, cancellationToken).ConfigureAwait(false) is not null;
    }

    // Through every wrap that there is of the intermediate key that it names.
    private async Task<bool> OpensBelowAsync(
        WrapRecord wrap, WrapContext context, IReadOnlyList<KeyWithWraps> intermediates, IReadOnlyList<string> kekIds, CancellationToken cancellationToken)
    {
        foreach (var (id, above) in intermediates.Where(one => one.Key.KeyId.ToString() == wrap.KekVersion).SelectMany(static one => one.Wraps.Select(above => (one.Key.KeyId, above))))
        {
            using var secret = services.Memory.Rent(SecretMemory.SlotSize);
            var of = new WrapContext(context.InstallationId, "", id, KeyKind.Intermediate);
            if (above.Wrapped is not null
                && await OpenAsync(above, of, kekIds, secret, cancellationToken).ConfigureAwait(false) is { } size
                && Opens(wrap, context, id, secret.GetSpan()[..size]))
            {
                return true;
            }
        }

        return false;
    }

    private bool Opens(WrapRecord wrap, WrapContext context, KeyId id, ReadOnlySpan<byte> intermediate)
    {
        using var key = new IntermediateKey(id, intermediate, services.Ciphers.Provider);
        using var secret = services.Memory.Rent(SecretMemory.SlotSize);
        try
        {
            key.Unwrap(new WrappedKey(wrap.KekVersion, wrap.Wrapped), context, secret.GetSpan());
            return true;
        }
        catch (KekException error) when (error.Failure == KekFailure.WrongContextOrTampered)
        {
            return false;
        }
    }

    // Its size; null where no KEK opens it, as none must. Anything else ends the check: it proves nothing.
    private async Task<int?> OpenAsync(WrapRecord wrap, WrapContext context, IReadOnlyList<string> kekIds, SecretBytes secret, CancellationToken cancellationToken)
    {
        foreach (string kekId in kekIds)
        {
            try
            {
                return await keks.UnwrapAsync([wrap with { KekId = kekId }], context, secret.Memory, cancellationToken, own: keks.IsAllowed(kekId) ? null : kekId).ConfigureAwait(false);
            }
            catch (KeyUnavailableException error) when (error.Reason == KeyUnavailableReason.Tampered)
            {
                // The next one may.
            }
        }

        return null;
    }
}
