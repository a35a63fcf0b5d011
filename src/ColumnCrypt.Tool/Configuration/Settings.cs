namespace ColumnCrypt.Tool.Configuration;

/// <summary>What options, environment and file say together. Immutable.</summary>
internal sealed record Settings
{
    public required StoreProvider? Provider { get; init; }

    public required string? Connection { get; init; }

    public required string Schema { get; init; }

    /// <summary>What the manifest calls the application's database; null for its own name.</summary>
    public required string? DataName { get; init; }

    /// <summary>The KEKs; the first one that wraps wraps new keys.</summary>
    public required IReadOnlyList<KekSetting> Keks { get; init; }

    public required string? Pin { get; init; }

    public required string Actor { get; init; }

    public required IReadOnlyList<PassphraseSource> Passphrases { get; init; }

    /// <summary>The files with shares; none where they are asked for.</summary>
    public required IReadOnlyList<string> ShareFiles { get; init; }

    public required SigningSettings Signing { get; init; }
}
