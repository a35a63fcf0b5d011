using ColumnCrypt.Signing;
using ColumnCrypt.Tool.Output;
using ColumnCrypt.Tool.Running;

namespace ColumnCrypt.Tool.Configuration;

/// <summary>Opens the operator's signing key.</summary>
internal sealed class SignerReader(SigningSettings settings, CliEnvironment environment, Redaction redaction)
{
    private const string Ways = "at the terminal, by --signing-passphrase-file, in COLUMNCRYPT_SIGNING_PASSPHRASE, or \"signingPassphraseFile\" in columncrypt.json";

    /// <summary>The key that is configured.</summary>
    public FileSigningKey Open() => settings.Key is { } path
        ? FileSigningKey.Open(path, PassphraseOf(path, isNew: false))
        : throw CliException.Usage("This needs the operator's signing key: --signing-key PATH, COLUMNCRYPT_SIGNING_KEY, or \"signingKey\" in columncrypt.json.");

    /// <summary>A new key; its passphrase is asked for twice.</summary>
    public FileSigningKey Create(string path) => FileSigningKey.Create(path, PassphraseOf(path, isNew: true));

    private string PassphraseOf(string path, bool isNew)
    {
        string? passphrase = settings.PassphraseFile is { } file ? SmallText.Read(file, "the passphrase of the signing key") : settings.Passphrase;
        if (passphrase is null && environment.ReadSecret is { } ask)
        {
            passphrase = ask($"Passphrase of the signing key {path}: ");
            if (isNew && ask("The same once more: ") != passphrase)
            {
                throw new CliException("not-confirmed", "The two passphrases differ. Nothing was done.");
            }
        }

        redaction.Add(passphrase);
        return passphrase is { Length: > 0 } ? passphrase : throw CliException.Usage($"The signing key {path} needs its passphrase: {Ways}.");
    }
}
