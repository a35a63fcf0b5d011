using ColumnCrypt.Configuration;
using ColumnCrypt.Ledger;
using ColumnCrypt.Signing;
using ColumnCrypt.Tool.Output;
using ColumnCrypt.Tool.Running;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.Tool.Configuration;

/// <summary>Makes the ColumnCrypt instance that the settings describe.</summary>
internal sealed class InstanceFactory(Settings settings, CliEnvironment environment, Redaction redaction)
{
    public const string WithoutKek =
        "No KEK is configured, and whatever reads or changes keys needs one: it authenticates every row. Give --kek URI, COLUMNCRYPT_KEK, "
        + "or \"keks\" in columncrypt.json. Without one there are: init --script, inspect, and rewrap, reencrypt and adopt with --enqueue.";

    /// <summary>Makes an instance. Does no I/O but for passphrases.</summary>
    /// <param name="also">KEKs that the verb itself names: whoever types a URI allows it.</param>
    /// <param name="createTables">Whether missing tables may be made.</param>
    /// <param name="signer">The operator's signing key; null where nothing is signed.</param>
    public ColumnCryptInstance Create(IEnumerable<KekSetting> also, bool createTables, IOperatorSigner? signer = null)
    {
        var keks = settings.Keks.Concat(also).DistinctBy(static kek => kek.Uri).ToList();
        if (!keks.Any(static kek => kek.Use == KekUse.Wraps))
        {
            throw CliException.Usage(WithoutKek);
        }

        Demand();
        var reader = new PassphraseReader(settings.Passphrases, environment, redaction);
        var shares = new ShareReader(settings.ShareFiles, environment, redaction);
        var secrets = keks.Where(static kek => kek.HasPassphrase).ToDictionary(static kek => kek.Uri, kek => SecretOf(kek, reader, shares));
        if (secrets.Count < keks.Count || secrets.Values.Any(static secret => secret.IsGiven))
        {
            return Create(keks, kek => secrets.GetValueOrDefault(kek.Uri, KekSecret.None), createTables, signer);
        }

        throw CliException.Usage(shares.Of(keks[0]) is { } told
            ? $"{keks[0].Uri} needs {told.Threshold} of its {told.Count} shares, set {told.Set}: {ShareReader.Ways}."
            : $"{keks[0].Uri} needs its passphrase: {PassphraseReader.Ways}.");
    }

    /// <summary>Makes an instance that never calls a KEK: no passphrase is read, and nothing that needs the KEK works.</summary>
    /// <param name="placeholder">A KEK for the configuration, should it name none.</param>
    public ColumnCryptInstance CreateWithoutKek(string placeholder)
    {
        Demand();
        return Create([.. settings.Keks.DistinctBy(static kek => kek.Uri), new KekSetting(placeholder, KekUse.Wraps)], static _ => KekSecret.None, createTables: false, signer: null);
    }

    private static KekSecret SecretOf(KekSetting kek, PassphraseReader passphrases, ShareReader shares) =>
        shares.Of(kek) is { } told ? new KekSecret(Shares: shares.For(kek, told)) : new KekSecret(passphrases.For(kek));

    // Before anybody is asked for a passphrase.
    private void Demand()
    {
        KeyStores.Demand(settings);
        if (settings.Signing is { Ledger: null, LedgerTrust: not null } or { Ledger: not null, LedgerTrust: null })
        {
            throw CliException.Usage("A shred ledger is its file, --ledger PATH, and the fingerprint of the key that signs it, --ledger-trust FINGERPRINT.");
        }
    }

    private ColumnCryptInstance Create(
        IReadOnlyList<KekSetting> keks, Func<KekSetting, KekSecret> secretOf, bool createTables, IOperatorSigner? signer) => ColumnCryptInstance.Create(builder =>
    {
        builder.UseTimeProvider(environment.Time).UseActor(settings.Actor).AddKekBackends().UseKeyStore(settings, createTables);
        foreach (var kek in keks)
        {
            var secret = secretOf(kek);
            _ = kek.Use switch
            {
                KekUse.Wraps => builder.UseKek(kek.Uri, secret.Give),
                KekUse.Also => builder.AlsoUseKek(kek.Uri, secret.Give),
                KekUse.Unwraps => builder.AllowKek(kek.Uri, secret.Give),
                KekUse.Escrow => builder.EscrowTo(kek.Uri, secret.Give),
                _ => builder,
            };
        }

        var tenants = keks.Where(static kek => kek.Use == KekUse.TenantsOwn)
            .ToDictionary(static kek => kek.Uri, static kek => (Kek: kek, Give: kek.Credential is { } credential ? KekCredentials.Read(kek.Uri, credential) : null), StringComparer.Ordinal);
        if (tenants.Count > 0)
        {
            builder.UseTenantKeks((own, options) =>
            {
                if (tenants.TryGetValue(own.Uri, out var tenant))
                {
                    secretOf(tenant.Kek).Give(options);
                    tenant.Give?.Invoke(options);
                }
            });
        }

        if (settings.DataName is { } name)
        {
            builder.NameDatabases(_ => name);
        }

        if (settings.Pin is { } pin)
        {
            builder.PinInstallation(pin);
        }

        if (signer is not null)
        {
            builder.UseSigner(signer);
        }

        if (settings.Signing is { Ledger: { } ledger, LedgerTrust: { } trust })
        {
            builder.UseShredLedger(new FileShredLedger(ledger, trust, signer));
        }
    });
}
