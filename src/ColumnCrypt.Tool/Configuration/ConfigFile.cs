namespace ColumnCrypt.Tool.Configuration;

/// <summary>What a configuration file says; nothing where there is none. Paths are absolute, variables are filled in.</summary>
internal sealed record ConfigFile
{
    public string? Path { get; init; }

    public string? Provider { get; init; }

    public string? Connection { get; init; }

    public string? Schema { get; init; }

    public string? DataName { get; init; }

    public IReadOnlyList<KekSetting> Keks { get; init; } = [];

    public string? Pin { get; init; }

    public string? Actor { get; init; }

    public string? PassphraseFile { get; init; }

    public string? SigningKey { get; init; }

    public string? SigningPassphraseFile { get; init; }

    public string? Ledger { get; init; }

    public string? LedgerTrust { get; init; }
}
