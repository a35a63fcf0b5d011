namespace ColumnCrypt.Tool.Configuration;

/// <summary>Where a passphrase comes from: exactly one of the three.</summary>
/// <param name="File">A file.</param>
/// <param name="Descriptor">An open file descriptor.</param>
/// <param name="Variable">An environment variable.</param>
internal sealed record PassphraseSource(string? File = null, int? Descriptor = null, string? Variable = null);
