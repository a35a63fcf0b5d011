using System.CommandLine;
using ColumnCrypt.Configuration;
using ColumnCrypt.Lifecycle;
using ColumnCrypt.Signing;
using ColumnCrypt.Tool.Configuration;
using ColumnCrypt.Tool.Output;
using ColumnCrypt.Tool.Running;

namespace ColumnCrypt.Tool.Verbs;

/// <summary>One call of a verb: what was given, and what it works with.</summary>
internal sealed class Call(ParseResult parsed, GlobalOptions options, CliEnvironment environment, Redaction redaction) : IDisposable
{
    private readonly List<IDisposable> _opened = [];
    private Settings? _settings;

    public CliEnvironment Environment => environment;

    /// <summary>Options, environment and file together; read when first needed.</summary>
    public Settings Settings => _settings ??= SettingsReader.Read(parsed, options, environment, redaction);

    /// <summary>The same settings for another connection, whose secrets are kept out of messages as well.</summary>
    public Settings SettingsOf(string connection)
    {
        SettingsReader.Hide(connection, redaction);
        return Settings with { Connection = connection };
    }

    public bool IsJson => parsed.GetValue(options.Json);

    public bool IsDryRun => parsed.GetValue(options.DryRun);

    public bool IsYes => parsed.GetValue(options.Yes);

    /// <summary>The command line without what is configuration: it may hold a password, and goes without saying.</summary>
    public string CommandLine => CommandLineText.Of(parsed);

    public T? Value<T>(Option<T> option) => parsed.GetValue(option);

    public T Value<T>(Argument<T> argument) => parsed.GetRequiredValue(argument);

    /// <summary>A page on the standard output.</summary>
    public TextPage Page() => new(environment.Output, environment.Width, environment.IsOutputTerminal);

    public ProgressDisplay Progress() => new(environment.Error, environment.Width, environment.IsErrorTerminal, environment.Time);

    public PassphraseReader Passphrases() => new(Settings.Passphrases, environment, redaction);

    public ShareReader Shares() => new(Settings.ShareFiles, environment, redaction);

    /// <summary>The verbs of the configured instance; asks for passphrases where it must.</summary>
    /// <param name="alsoAllowed">KEKs that the command line names beside those of the configuration; null is none.</param>
    public IKeyManager Open(params string?[] alsoAllowed) => Open(alsoAllowed.OfType<string>().Select(static uri => new KekSetting(uri, KekUse.Unwraps)));

    /// <summary>As <see cref="Open(string?[])"/>, with a KEK that is a tenant's own; null is none.</summary>
    public IKeyManager OpenForTenant(string? own) => Open(own is null ? [] : [new KekSetting(own, KekUse.TenantsOwn)]);

    /// <summary>A KEK that the command line names; null where the configuration says that it is a tenant's own.</summary>
    public string? Named(string? kekId) => Settings.Keks.Any(kek => kek.Use == KekUse.TenantsOwn && kek.Uri == kekId) ? null : kekId;

    /// <summary>As <see cref="Open(string?[])"/>, with the signing key where one is configured.</summary>
    public IKeyManager OpenToSign() => Keep(Factory().Create([], createTables: false, Settings.Signing.Key is null ? null : OpenSigner())).Keys;

    /// <summary>As <see cref="OpenToSign"/>, for what the shred ledger has to know of: where one is configured, it has to be signed.</summary>
    public IKeyManager OpenToShred() =>
        Keep(Factory().Create([], createTables: false, Settings.Signing is { Key: null, Ledger: null } ? null : OpenSigner())).Keys;

    /// <summary>The operator's signing key.</summary>
    public FileSigningKey OpenSigner() => Keep(Signers().Open());

    /// <summary>As <see cref="OpenSigner"/>, a new one.</summary>
    public FileSigningKey CreateSigner(string path) => Keep(Signers().Create(path));

    /// <summary>As <see cref="Open(string?[])"/>, for the verb that makes the tables.</summary>
    public IKeyManager OpenToInitialize() => Keep(Factory().Create([], createTables: true)).Keys;

    /// <summary>An instance that calls no KEK.</summary>
    /// <param name="kekId">A KEK for the configuration, should it name none.</param>
    public ColumnCryptInstance OpenWithoutKek(string kekId) => Keep(Factory().CreateWithoutKek(kekId));

    public void Dispose() => _opened.ForEach(static opened => opened.Dispose());

    private IKeyManager Open(IEnumerable<KekSetting> also) => Keep(Factory().Create(also, createTables: false)).Keys;

    private SignerReader Signers() => new(Settings.Signing, environment, redaction);

    private InstanceFactory Factory() => new(Settings, environment, redaction);

    private T Keep<T>(T opened)
        where T : IDisposable
    {
        _opened.Insert(0, opened);
        return opened;
    }
}
