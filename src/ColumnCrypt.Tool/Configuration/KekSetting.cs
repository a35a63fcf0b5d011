namespace ColumnCrypt.Tool.Configuration;

/// <summary>A KEK that the command may call.</summary>
/// <param name="Uri">Its URI.</param>
/// <param name="Use">What for.</param>
/// <param name="PassphraseFile">The file with its own passphrase; null where it has none of its own.</param>
internal sealed record KekSetting(string Uri, KekUse Use, string? PassphraseFile = null)
{
    /// <summary>Whether it is opened with a passphrase.</summary>
    public bool HasPassphrase => Uri.StartsWith("file:", StringComparison.Ordinal);
}
