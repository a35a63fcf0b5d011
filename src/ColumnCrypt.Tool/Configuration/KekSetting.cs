namespace ColumnCrypt.Tool.Configuration;

/// <summary>A KEK that the command may call.</summary>
/// <param name="Uri">Its URI.</param>
/// <param name="Use">What for.</param>
/// <param name="PassphraseFile">The file with its own passphrase; null where it has none of its own.</param>
/// <param name="Credential">What else is needed to call a tenant's own; null for nothing.</param>
internal sealed record KekSetting(string Uri, KekUse Use, string? PassphraseFile = null, KekCredential? Credential = null)
{
    private const string Hierarchical = "hierarchical:";

    /// <summary>The URI of the KEK that is opened: of a hierarchical one the inner KEK's.</summary>
    public string Opened => Uri.StartsWith(Hierarchical, StringComparison.Ordinal) && Uri.Length > Hierarchical.Length ? Uri[Hierarchical.Length..] : Uri;

    /// <summary>Whether it is opened with a passphrase.</summary>
    public bool HasPassphrase => Opened.StartsWith("file:", StringComparison.Ordinal);
}
