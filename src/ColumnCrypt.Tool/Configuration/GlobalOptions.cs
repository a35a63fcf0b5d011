using System.CommandLine;

namespace ColumnCrypt.Tool.Configuration;

/// <summary>The options that every verb takes.</summary>
internal sealed class GlobalOptions
{
    public Option<string?> Config { get; } =
        Text("--config", "FILE", "The configuration file. Default: columncrypt.json in the current folder, where there is one.");

    public Option<string?> Provider { get; } = Text("--provider", "NAME", "Where the key tables are: sqlite or postgresql.");

    public Option<string?> Connection { get; } =
        Text("--connection", "STRING", "The connection string of the key tables. Others can see a command line: a password belongs into the file or the environment.");

    public Option<string?> Schema { get; } = Text("--schema", "NAME", "The schema of the key tables on PostgreSQL. Default: public.");

    public Option<string?> DataName { get; } =
        Text("--data-name", "NAME", "What the manifest calls the application's database, where the application names it (NameDatabases). Default: its own name.");

    public Option<string[]> Kek { get; } = Texts("--kek", "URI", "A KEK; the first one wraps new keys. Repeatable.");

    public Option<string[]> AlsoKek { get; } = Texts("--also-kek", "URI", "A KEK under which every new key is wrapped as well, and that unwraps. Repeatable.");

    public Option<string[]> AllowKek { get; } = Texts("--allow-kek", "URI", "A KEK that may be asked to unwrap. Repeatable.");

    public Option<string[]> EscrowTo { get; } = Texts("--escrow-to", "URI", "A KEK under which every new key is wrapped once more. Repeatable.");

    public Option<string[]> TenantKek { get; } = Texts("--tenant-kek", "URI", "A KEK that is a tenant's own. Repeatable.");

    public Option<string?> Pin { get; } =
        Text("--pin", "COMMITMENT", "The commitment that the installation key must have: 64 hex digits, printed by init.");

    public Option<string?> Actor { get; } = Text("--actor", "NAME", "Who does this, for the audit. Default: USER@HOST.");

    public Option<string[]> PassphraseFile { get; } =
        Texts("--passphrase-file", "PATH", "A file whose only line is a passphrase. Repeatable, in the order of the file: KEKs; the last one holds for the rest.");

    public Option<int[]> PassphraseFd { get; } = new("--passphrase-fd")
    {
        Description = "An open file descriptor whose first line is a passphrase. Repeatable as --passphrase-file is.",
        HelpName = "N",
        Recursive = true,
    };

    public Option<string[]> ShareFile { get; } =
        Texts("--share-file", "PATH", "A file whose only line is a share of a file: KEK that is sealed by shares. Repeatable.");

    public Option<string?> SigningKey { get; } =
        Text("--signing-key", "PATH", "The operator's signing key, for certificates, checkpoints and the shred ledger.");

    public Option<string?> SigningPassphraseFile { get; } =
        Text("--signing-passphrase-file", "PATH", "A file whose only line is the passphrase of the signing key.");

    public Option<string?> Ledger { get; } = Text("--ledger", "PATH", "The shred ledger that the application consults.");

    public Option<string?> LedgerTrust { get; } =
        Text("--ledger-trust", "FINGERPRINT", "The fingerprint of the signing key whose entries count: 64 hex digits.");

    public Option<bool> Json { get; } = Flag("--json", "Answers, and errors, as JSON: docs/cli.md.");

    public Option<bool> DryRun { get; } = Flag("--dry-run", "Says what would be done, and changes nothing.");

    public Option<bool> Yes { get; } = Flag("--yes", "Asks nothing.");

    public void AddTo(Command root)
    {
        Provider.CompletionSources.Add("sqlite", "postgresql");
        Option[] all =
        [
            Config, Provider, Connection, Schema, DataName, Kek, AlsoKek, AllowKek, EscrowTo, TenantKek, Pin, Actor, PassphraseFile, PassphraseFd, ShareFile,
            SigningKey, SigningPassphraseFile, Ledger, LedgerTrust, Json, DryRun, Yes,
        ];
        foreach (var option in all)
        {
            root.Options.Add(option);
        }
    }

    private static Option<string?> Text(string name, string value, string description) =>
        new(name) { Description = description, HelpName = value, Recursive = true };

    private static Option<string[]> Texts(string name, string value, string description) =>
        new(name) { Description = description, HelpName = value, Recursive = true };

    private static Option<bool> Flag(string name, string description) => new(name) { Description = description, Recursive = true };
}
