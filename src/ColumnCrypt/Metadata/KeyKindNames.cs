namespace ColumnCrypt.Metadata;

/// <summary>The names of key kinds as the key tables and wrap contexts write them.</summary>
internal static class KeyKindNames
{
    public static string NameOf(KeyKind kind) => kind switch
    {
        KeyKind.Data => "data",
        KeyKind.Index => "index",
        KeyKind.Intermediate => "intermediate",
        KeyKind.Installation => "installation",
        KeyKind.Signing => "signing",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Unknown key kind."),
    };

    public static KeyKind Parse(string name) => name switch
    {
        "data" => KeyKind.Data,
        "index" => KeyKind.Index,
        "intermediate" => KeyKind.Intermediate,
        "installation" => KeyKind.Installation,
        "signing" => KeyKind.Signing,
        _ => throw new KeyUnavailableException(
            KeyUnavailableReason.Tampered,
            $"The key tables hold a key of the unknown kind '{name}'. Compare them with a backup; a newer ColumnCrypt may have written it."),
    };
}
