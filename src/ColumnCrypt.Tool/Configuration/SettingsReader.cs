using System.CommandLine;
using ColumnCrypt.Tool.Output;
using ColumnCrypt.Tool.Running;
using Npgsql;

namespace ColumnCrypt.Tool.Configuration;

/// <summary>Puts options, environment and file together: an option goes before the environment, and that before the file.</summary>
internal static class SettingsReader
{
    private const string DefaultFile = "columncrypt.json";

    public static Settings Read(ParseResult parsed, GlobalOptions options, CliEnvironment environment, Redaction redaction)
    {
        var file = ReadFile(parsed.GetValue(options.Config), environment);
        string? connection = parsed.GetValue(options.Connection) ?? FromEnvironment(environment) ?? file.Connection;
        Hide(connection, redaction);
        return new Settings
        {
            Provider = ProviderOf(parsed.GetValue(options.Provider) ?? environment.Variable("COLUMNCRYPT_PROVIDER") ?? file.Provider),
            Connection = connection,
            Schema = parsed.GetValue(options.Schema) ?? environment.Variable("COLUMNCRYPT_SCHEMA") ?? file.Schema ?? "public",
            DataName = parsed.GetValue(options.DataName) ?? environment.Variable("COLUMNCRYPT_DATA_NAME") ?? file.DataName,
            Keks =
            [
                .. Keks(parsed.GetValue(options.Kek), environment.Variable("COLUMNCRYPT_KEK"), file, KekUse.Wraps),
                .. Keks(parsed.GetValue(options.AlsoKek), environment.Variable("COLUMNCRYPT_ALSO_KEK"), file, KekUse.Also),
                .. Keks(parsed.GetValue(options.AllowKek), environment.Variable("COLUMNCRYPT_ALLOW_KEK"), file, KekUse.Unwraps),
                .. Keks(parsed.GetValue(options.EscrowTo), environment.Variable("COLUMNCRYPT_ESCROW_TO"), file, KekUse.Escrow),
                .. Keks(parsed.GetValue(options.TenantKek), environment.Variable("COLUMNCRYPT_TENANT_KEK"), file, KekUse.TenantsOwn),
            ],
            Pin = parsed.GetValue(options.Pin) ?? environment.Variable("COLUMNCRYPT_PIN") ?? file.Pin,
            Actor = parsed.GetValue(options.Actor) ?? environment.Variable("COLUMNCRYPT_ACTOR") ?? file.Actor ?? environment.User,
            Passphrases = Passphrases(parsed, options, environment, file),
            ShareFiles = [.. (parsed.GetValue(options.ShareFile) is { Length: > 0 } files ? files : FromVariable(environment)).Select(environment.PathOf)],
            Signing = Signing(parsed, options, environment, file),
        };
    }

    private static ConfigFile ReadFile(string? option, CliEnvironment environment)
    {
        string? named = option ?? environment.Variable("COLUMNCRYPT_CONFIG");
        string path = environment.PathOf(named ?? DefaultFile);
        return named is not null || File.Exists(path) ? ConfigFileReader.Read(path, environment) : new ConfigFile();
    }

    private static string? FromEnvironment(CliEnvironment environment) =>
        environment.Variable("COLUMNCRYPT_CONNECTION")
        ?? (environment.Variable("COLUMNCRYPT_CONNECTION_FILE") is { } path ? SmallText.Read(environment.PathOf(path), "the connection string") : null);

    private static StoreProvider? ProviderOf(string? name) => name switch
    {
        null => null,
        "sqlite" => StoreProvider.Sqlite,
        "postgresql" => StoreProvider.PostgreSql,
        _ => throw CliException.Usage($"There is no provider '{name}': sqlite or postgresql."),
    };

    private static IEnumerable<KekSetting> Keks(string[]? options, string? variable, ConfigFile file, KekUse use)
    {
        if (options is { Length: > 0 })
        {
            return options.Select(uri => Known(uri, use, file));
        }

        return variable is not null
            ? variable.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(uri => Known(uri, use, file))
            : file.Keks.Where(kek => kek.Use == use);
    }

    /// <summary>A KEK given elsewhere keeps the passphrase file and the credential that the configuration file gives it.</summary>
    private static KekSetting Known(string uri, KekUse use, ConfigFile file) =>
        new(uri, use, file.Keks.FirstOrDefault(kek => kek.Uri == uri)?.PassphraseFile, file.Keks.FirstOrDefault(kek => kek.Uri == uri && kek.Use == use)?.Credential);

    private static IReadOnlyList<PassphraseSource> Passphrases(ParseResult parsed, GlobalOptions options, CliEnvironment environment, ConfigFile file)
    {
        string[] files = parsed.GetValue(options.PassphraseFile) ?? [];
        int[] descriptors = parsed.GetValue(options.PassphraseFd) ?? [];
        if (files.Length > 0 && descriptors.Length > 0)
        {
            throw CliException.Usage("--passphrase-file and --passphrase-fd exclude each other.");
        }

        if (files.Length + descriptors.Length > 0)
        {
            return [.. files.Select(path => new PassphraseSource(File: environment.PathOf(path))), .. descriptors.Select(static fd => new PassphraseSource(Descriptor: fd))];
        }

        if (environment.Variable("COLUMNCRYPT_PASSPHRASE") is not null)
        {
            return [new PassphraseSource(Variable: "COLUMNCRYPT_PASSPHRASE")];
        }

        return environment.Variable("COLUMNCRYPT_PASSPHRASE_FILE") is { } variable
            ? [new PassphraseSource(File: environment.PathOf(variable))]
            : file.PassphraseFile is { } inFile ? [new PassphraseSource(File: inFile)] : [];
    }

    private static string[] FromVariable(CliEnvironment environment) => environment.Variable("COLUMNCRYPT_SHARE_FILES")?.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries) ?? [];

    private static SigningSettings Signing(ParseResult parsed, GlobalOptions options, CliEnvironment environment, ConfigFile file)
    {
        return new SigningSettings(
            PathOf(options.SigningKey, "COLUMNCRYPT_SIGNING_KEY") ?? file.SigningKey,
            PathOf(options.SigningPassphraseFile, "COLUMNCRYPT_SIGNING_PASSPHRASE_FILE") ?? file.SigningPassphraseFile,
            environment.Variable("COLUMNCRYPT_SIGNING_PASSPHRASE"),
            PathOf(options.Ledger, "COLUMNCRYPT_LEDGER") ?? file.Ledger,
            parsed.GetValue(options.LedgerTrust) ?? environment.Variable("COLUMNCRYPT_LEDGER_TRUST") ?? file.LedgerTrust);

        string? PathOf(Option<string?> option, string variable) => (parsed.GetValue(option) ?? environment.Variable(variable)) is { } path ? environment.PathOf(path) : null;
    }

    /// <summary>Keeps a connection string and its password out of messages.</summary>
    public static void Hide(string? connection, Redaction redaction)
    {
        redaction.Add(connection);
        try
        {
            redaction.Add(new NpgsqlConnectionStringBuilder(connection).Password);
        }
        catch (Exception error) when (error is ArgumentException or FormatException or InvalidCastException)
        {
            redaction.Add(null);
        }
    }
}
