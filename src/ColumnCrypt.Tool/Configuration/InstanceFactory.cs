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
        + "or \"keks\" in columncrypt.json. Without one there are: init --script, inspect, rewrap --enqueue.";

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
        var passphrases = keks.Where(static kek => kek.HasPassphrase).ToDictionary(static kek => kek.Uri, reader.For);
        return passphrases.Count < keks.Count || passphrases.Values.Any(static passphrase => passphrase is not null)
            ? Create(keks, kek => passphrases.GetValueOrDefault(kek.Uri), createTables, signer)
            : throw CliException.Usage($"{keks[0].Uri} needs its passphrase: {PassphraseReader.Ways}.");
    }

    /// <summary>Makes an instance that never calls a KEK: no passphrase is read, and nothing that needs the KEK works.</summary>
    public ColumnCryptInstance CreateWithoutKek(string placeholder)
    {
        Demand();
        return Create([.. settings.Keks.DistinctBy(static kek => kek.Uri), new KekSetting(placeholder, KekUse.Wraps)], static _ => null, createTables: false, signer: null);
    }

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
        IReadOnlyList<KekSetting> keks, Func<KekSetting, string?> passphraseOf, bool createTables, IOperatorSigner? signer) => ColumnCryptInstance.Create(builder =>
    {
        builder.UseTimeProvider(environment.Time).UseActor(settings.Actor).AddKekBackends().UseKeyStore(settings, createTables);
        foreach (var kek in keks)
        {
            string? passphrase = passphraseOf(kek);
            _ = kek.Use switch
            {
                KekUse.Wraps => builder.UseKek(kek.Uri, options => options.Passphrase = passphrase),
                KekUse.Also => builder.AlsoUseKek(kek.Uri, options => options.Passphrase = passphrase),
                KekUse.Unwraps => builder.AllowKek(kek.Uri, options => options.Passphrase = passphrase),
                KekUse.Escrow => builder.EscrowTo(kek.Uri, options => options.Passphrase = passphrase),
                _ => builder,
            };
        }

        if (keks.Any(static kek => kek.Use == KekUse.TenantsOwn))
        {
            builder.UseTenantKeks((own, options) => options.Passphrase = keks.FirstOrDefault(kek => kek.Use == KekUse.TenantsOwn && kek.Uri == own.Uri) is { } kek ? passphraseOf(kek) : null);
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
