namespace ColumnCrypt.Kek.Vault;

/// <summary>What the environment of the process says of Vault, by the names that Vault's own command knows.</summary>
internal static class VaultEnvironment
{
    public const string Address = "VAULT_ADDR";
    public const string Token = "VAULT_TOKEN";

    private const string Namespace = "VAULT_NAMESPACE";
    private const string Authority = "VAULT_CACERT";

    /// <summary>Sets what nobody configured.</summary>
    /// <param name="options">Takes it.</param>
    /// <param name="variable">Reads a variable; null where it is not set.</param>
    /// <exception cref="EncryptionModelException">The address is none.</exception>
    public static void Apply(VaultOptions options, Func<string, string?> variable)
    {
        options.Namespace ??= Value(Namespace);
        options.AuthorityFile ??= Value(Authority);
        if (options.Address is null && Value(Address) is { } address)
        {
            // It may hold a password, so it is not shown.
            options.Address = Uri.TryCreate(address, UriKind.Absolute, out var url) ? url : throw new EncryptionModelException($"What {Address} holds is no address: write https://HOST:PORT.");
        }

        if (options.Credential is null && Value(Token) is { } token)
        {
            options.Credential = VaultCredential.Token(token);
        }

        string? Value(string name) => variable(name) is { Length: > 0 } value ? value : null;
    }
}
