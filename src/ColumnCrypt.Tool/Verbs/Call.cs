using System.CommandLine;
using ColumnCrypt.Configuration;
using ColumnCrypt.Lifecycle;
using ColumnCrypt.Tool.Configuration;
using ColumnCrypt.Tool.Output;
using ColumnCrypt.Tool.Running;

namespace ColumnCrypt.Tool.Verbs;

/// <summary>One call of a verb: what was given, and what it works with.</summary>
internal sealed class Call(ParseResult parsed, GlobalOptions options, CliEnvironment environment, Redaction redaction) : IDisposable
{
    private readonly List<ColumnCryptInstance> _instances = [];
    private Settings? _settings;

    public CliEnvironment Environment => environment;

    /// <summary>Options, environment and file together; read when first needed.</summary>
    public Settings Settings => _settings ??= SettingsReader.Read(parsed, options, environment, redaction);

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

    /// <summary>The verbs of the configured instance; asks for passphrases where it must.</summary>
    /// <param name="alsoAllowed">KEKs that the command line names beside those of the configuration; null is none.</param>
    public IKeyManager Open(params string?[] alsoAllowed) => Keep(Factory().Create(alsoAllowed.OfType<string>(), createTables: false)).Keys;

    /// <summary>As <see cref="Open"/>, for the verb that makes the tables.</summary>
    public IKeyManager OpenToInitialize() => Keep(Factory().Create([], createTables: true)).Keys;

    /// <summary>The verbs of an instance that calls no KEK.</summary>
    /// <param name="kekId">A KEK for the configuration, should it name none.</param>
    public IKeyManager OpenWithoutKek(string kekId) => Keep(Factory().CreateWithoutKek(kekId)).Keys;

    public void Dispose() => _instances.ForEach(static instance => instance.Dispose());

    private InstanceFactory Factory() => new(Settings, environment, redaction);

    private ColumnCryptInstance Keep(ColumnCryptInstance instance)
    {
        _instances.Add(instance);
        return instance;
    }
}
