namespace ColumnCrypt.Tool.Configuration;

/// <summary>What the operator signs with, and the ledger that he signs. Paths are absolute.</summary>
/// <param name="Key">The file of the signing key.</param>
/// <param name="PassphraseFile">The file with its passphrase.</param>
/// <param name="Passphrase">The passphrase from the environment.</param>
/// <param name="Ledger">The file of the shred ledger.</param>
/// <param name="LedgerTrust">The fingerprint of the key whose entries count.</param>
internal sealed record SigningSettings(string? Key, string? PassphraseFile, string? Passphrase, string? Ledger, string? LedgerTrust);
