namespace ColumnCrypt.Kek.Kmip;

/// <summary>What the environment of the process says of key servers: files, never a secret itself.</summary>
internal static class KmipEnvironment
{
    public const string Certificate = "COLUMNCRYPT_KMIP_CERTIFICATE";

    private const string Key = "COLUMNCRYPT_KMIP_KEY";
    private const string PassphraseFile = "COLUMNCRYPT_KMIP_PASSPHRASE_FILE";
    private const string Authority = "COLUMNCRYPT_KMIP_AUTHORITY";

    /// <summary>Sets what the environment names.</summary>
    /// <param name="options">Takes it.</param>
    /// <param name="variable">Reads a variable; null where it is not set.</param>
    public static void Apply(KmipOptions options, Func<string, string?> variable)
    {
        options.AuthorityFile = Value(Authority);
        if (Value(Certificate) is { } certificate)
        {
            options.ClientCertificateFile = certificate;
            options.ClientKeyFile = Value(Key);
            options.PassphraseFile = Value(PassphraseFile);
        }

        string? Value(string name) => variable(name) is { Length: > 0 } value ? value : null;
    }
}
