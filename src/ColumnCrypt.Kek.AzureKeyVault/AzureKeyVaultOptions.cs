using Azure.Core;

namespace ColumnCrypt.Kek.AzureKeyVault;

/// <summary>How a vault or Managed HSM is reached, over https.</summary>
public sealed class AzureKeyVaultOptions
{
    /// <summary>
    /// Whose calls these are. Default: null, which is <c>DefaultAzureCredential</c>: environment, workload or managed identity, developer tools. Required for a tenant's own KEK.
    /// </summary>
    public TokenCredential? Credential { get; set; }

    /// <summary>How keys are wrapped. Default: by the type of the key.</summary>
    public AzureKeyVaultAlgorithm Algorithm { get; set; }

    /// <summary>
    /// What the host of a vault ends in, after a dot: no other host is ever called, and a token is asked for such a resource alone. Default: those of Key Vault and
    /// Managed HSM in the clouds of Azure.
    /// </summary>
    public IList<string> VaultSuffixes { get; } =
    [
        "vault.azure.net", "managedhsm.azure.net", "vault.azure.cn", "managedhsm.azure.cn", "vault.usgovcloudapi.net", "managedhsm.usgovcloudapi.net",
    ];
}
