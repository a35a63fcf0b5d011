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
internal sealed class BackupTrial(KekCaller keks, SecretMemory memory)
{
    public async Task RunAsync(ErasureCertificate certificate, IKeyStore backup, List<string> claims, List<string> findings, CancellationToken cancellationToken)
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

        int tried = 0;
        foreach (var key in keys)
        {
            var context = new WrapContext(installation, key.Key.Tenant, key.Key.KeyId, key.Key.Kind);
            foreach (var wrap in key.Wraps.Where(static wrap => wrap.Wrapped is not null))
            {
                tried++;
                if (await OpensAsync(wrap, context, reachable, cancellationToken).ConfigureAwait(false))
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
        foreach (string kekId in kekIds)
        {
            using var secret = memory.Rent(SecretMemory.SlotSize);
            try
            {
                await keks.UnwrapAsync([wrap with { KekId = kekId }], context, secret.Memory, cancellationToken, own: keks.IsAllowed(kekId) ? null : kekId).ConfigureAwait(false);
                return true;
            }
            catch (KeyUnavailableException error) when (error.Reason == KeyUnavailableReason.Tampered)
            {
                // It does not open, as it must not. Anything else ends the check: it proves nothing.
            }
        }

        return false;
    }
}
