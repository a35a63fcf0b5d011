namespace ColumnCrypt.Kek.Vault;

/// <summary>
/// How Vault is reached. What is left out is taken from the environment, as Vault's own command takes it; not so for a tenant's own KEK.
/// </summary>
public sealed class VaultOptions
{
    /// <summary>
    /// Where Vault is, for example <c>https://vault.example.org:8200</c>. Must be https, but on the machine itself. Default: null, which takes
    /// <c>VAULT_ADDR</c>.
    /// </summary>
    public Uri? Address { get; set; }

    /// <summary>
    /// The namespace that the mount and the credential are in, for example <c>clinic/keys</c>. Default: null, which takes <c>VAULT_NAMESPACE</c>; the
    /// root namespace where that is not set. A tenant's own KEK takes that of its options alone.
    /// </summary>
    public string? Namespace { get; set; }

    /// <summary>Whose calls these are. Default: null, which takes the token in <c>VAULT_TOKEN</c>. Required for a tenant's own KEK.</summary>
    public VaultCredential? Credential { get; set; }

    /// <summary>
    /// A PEM file with the authorities, one or more, that sign Vault's certificate; no other is trusted then. Read on the first call. Default: null, which takes the file that
    /// <c>VAULT_CACERT</c> names, and trusts those of the system where there is none.
    /// </summary>
    public string? AuthorityFile { get; set; }
}
