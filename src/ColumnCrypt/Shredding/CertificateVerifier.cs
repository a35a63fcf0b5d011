using ColumnCrypt.Crypto;
using ColumnCrypt.Format;
using ColumnCrypt.Kek;
using ColumnCrypt.Keys;
using ColumnCrypt.Metadata;
using ColumnCrypt.Store;

namespace ColumnCrypt.Shredding;

/// <summary>
/// Checks a certificate of erasure against the signer that the reader trusts, the key tables as they are, and a backup of them: there it
/// tries every old wrap on every KEK that it can reach, and must fail to. It reads no key from the database. Thread-safe.
/// </summary>
internal sealed class CertificateVerifier(KekCaller keks, SecretMemory memory)
{
    public async Task<ErasureVerdict> VerifyAsync(string text, string fingerprint, IKeyStore? store, IKeyStore? backup, CancellationToken cancellationToken)
    {
        var verdict = ErasureCertificate.Check(text, fingerprint);
        if (!verdict.IsValid)
        {
            return verdict;
        }

        var certificate = verdict.Certificate!;
        var claims = new List<string>(verdict.Claims);
        var findings = new List<string>();
        if (store is not null)
        {
            await CompareAsync(certificate, store, claims, findings, cancellationToken).ConfigureAwait(false);
        }

        if (backup is not null)
        {
            await TryAsync(certificate, backup, claims, findings, cancellationToken).ConfigureAwait(false);
        }

        if (backup is null)
        {
            claims.Add("No backup was tried: this shows that the wraps are absent here, not that the values are unrecoverable.");
        }

        claims.Add(certificate.BackupProof.IsBackupProof
            ? $"Backup-proof since {certificate.BackupProof.Since:u}: every KEK that ever wrapped these keys is destroyed{(certificate.BackupProof.AssertedByOperator.Count > 0 ? ", as the operator asserts" : "")}."
            : $"Not backup-proof: {string.Join(' ', certificate.BackupProof.Because)}");
        return new ErasureVerdict(findings.Count == 0, certificate, claims, findings);
    }

    private static async Task CompareAsync(ErasureCertificate certificate, IKeyStore store, List<string> claims, List<string> findings, CancellationToken cancellationToken)
    {
        var tenant = (await store.ReadTenantAsync(certificate.Tenant, cancellationToken).ConfigureAwait(false)).Tenant;
        var keys = await store.Inventory.ReadKeysOfAsync(certificate.Tenant, cancellationToken).ConfigureAwait(false);
        if (tenant?.State != TenantState.Shredded)
        {
            findings.Add($"The key store says that tenant '{certificate.Tenant}' is {tenant?.State.ToString() ?? "unknown"}, not Shredded.");
        }

        foreach (var key in keys)
        {
            if (key.Key.State != KeyState.Destroyed || key.Wraps.Any(static wrap => wrap.Wrapped is not null))
            {
                findings.Add($"Key {key.Key.KeyId} is {key.Key.State} with {key.Wraps.Count(static wrap => wrap.Wrapped is not null)} wraps: it is left.");
            }

            if (!certificate.Keys.Any(erased => erased.KeyId == key.Key.KeyId.ToString()))
            {
                findings.Add($"Key {key.Key.KeyId} is not in the certificate.");
            }
        }

        claims.Add($"Wraps absent: the key store holds {keys.Count} keys of the tenant, and no wrap of them.");
    }

    private async Task TryAsync(ErasureCertificate certificate, IKeyStore backup, List<string> claims, List<string> findings, CancellationToken cancellationToken)
    {
        var installation = KeyId.Parse(certificate.InstallationId);
        var keys = await backup.Inventory.ReadKeysOfAsync(certificate.Tenant, cancellationToken).ConfigureAwait(false);
        int tried = 0;
        foreach (var key in keys)
        {
            var context = new WrapContext(installation, key.Key.Tenant, key.Key.KeyId, key.Key.Kind);
            foreach (var wrap in key.Wraps.Where(static wrap => wrap.Wrapped is not null))
            {
                tried++;
                if (await OpensAsync(wrap, context, cancellationToken).ConfigureAwait(false))
                {
                    findings.Add($"The backup's wrap of key {key.Key.KeyId} opens under the KEK {wrap.KekId}: whoever has both reads the tenant's values.");
                }
            }
        }

        claims.Add($"Backup: {tried} wraps of {keys.Count} keys were tried on {keks.AllowedIds.Count()} KEKs.");
    }

    private async Task<bool> OpensAsync(WrapRecord wrap, WrapContext context, CancellationToken cancellationToken)
    {
        foreach (string kekId in keks.AllowedIds)
        {
            using var secret = memory.Rent(SecretMemory.SlotSize);
            try
            {
                await keks.UnwrapAsync([wrap with { KekId = kekId }], context, secret.Memory, cancellationToken).ConfigureAwait(false);
                return true;
            }
            catch (KeyUnavailableException error) when (!error.IsTransient)
            {
                // It does not open, as it must not; a KEK that does not answer proves nothing, and ends the check.
            }
        }

        return false;
    }
}
