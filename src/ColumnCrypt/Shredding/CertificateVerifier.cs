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
internal sealed class CertificateVerifier(KekCaller keks, RingServices services)
{
    public async Task<ErasureVerdict> VerifyAsync(string text, string fingerprint, IKeyStore? store, IKeyStore? backup, IAsyncEnumerable<byte[]>? samples, CancellationToken cancellationToken)
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
            await new BackupTrial(keks, services).RunAsync(certificate, backup, store, claims, findings, cancellationToken).ConfigureAwait(false);
        }

        if (samples is not null)
        {
            await SampleAsync(certificate, samples, claims, findings, cancellationToken).ConfigureAwait(false);
        }

        if (backup is null)
        {
            claims.Add("No backup was tried: this shows that the wraps are absent here, not that the values are unrecoverable.");
        }

        claims.Add(findings.Count > 0 ? "What the certificate claims of backups is not repeated here: see the findings." : certificate.BackupProof.IsBackupProof
            ? $"Backup-proof since {certificate.BackupProof.Since:u}: every KEK that ever wrapped these keys is destroyed{(certificate.BackupProof.AssertedByOperator.Count > 0 ? ", as the operator asserts" : "")}."
            : $"Not backup-proof: {string.Join(' ', certificate.BackupProof.Because)}");
        return new ErasureVerdict(findings.Count == 0, certificate, claims, findings);
    }

    private static async Task CompareAsync(ErasureCertificate certificate, IKeyStore store, List<string> claims, List<string> findings, CancellationToken cancellationToken)
    {
        int before = findings.Count;
        var tenant = (await store.ReadTenantAsync(certificate.Tenant, cancellationToken).ConfigureAwait(false)).Tenant;
        var installations = (await store.ReadTenantAsync("", cancellationToken).ConfigureAwait(false)).Keys.Where(static key => key.Kind == KeyKind.Installation);
        if (installations.All(key => key.KeyId.ToString() != certificate.InstallationId))
        {
            findings.Add($"The certificate is of the installation {certificate.InstallationId}, and the key store is of another one.");
        }

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

        foreach (string missing in certificate.Keys.Select(static erased => erased.KeyId).Except(keys.Select(static key => key.Key.KeyId.ToString()), StringComparer.Ordinal))
        {
            findings.Add($"Key {missing} is in the certificate, and not in the key store.");
        }

        if (findings.Count == before)
        {
            claims.Add($"Wraps absent: the key store holds {keys.Count} keys of the tenant, and no wrap of them.");
        }
    }

    // A value under a key that is not in the certificate would be read by whoever holds that key.
    private static async Task SampleAsync(ErasureCertificate certificate, IAsyncEnumerable<byte[]> samples, List<string> claims, List<string> findings, CancellationToken cancellationToken)
    {
        var erased = certificate.Keys.Select(static key => key.KeyId).ToHashSet(StringComparer.Ordinal);
        int count = 0;
        await foreach (byte[] sample in samples.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            count++;
            try
            {
                var keyId = ValueFrame.ReadKeyId(sample, "a sampled value");
                if (!erased.Contains(keyId.ToString()))
                {
                    findings.Add($"Sampled value {count} is under key {keyId}, which is not in the certificate.");
                }
            }
            catch (CiphertextInvalidException)
            {
                findings.Add($"Sampled value {count} is none that ColumnCrypt wrote: it may be plaintext.");
            }
        }

        claims.Add($"Rows: {count} sampled values were looked at.");
    }
}
