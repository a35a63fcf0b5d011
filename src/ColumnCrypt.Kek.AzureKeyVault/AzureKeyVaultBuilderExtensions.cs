using ColumnCrypt.Kek;
using ColumnCrypt.Kek.AzureKeyVault;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>KEKs in Azure Key Vault and Managed HSM.</summary>
public static class AzureKeyVaultBuilderExtensions
{
    /// <summary>Registers <c>azure-kv:</c>: <c>azure-kv:https://VAULT.vault.azure.net/keys/NAME</c>, or one version of it with <c>/VERSION</c>.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="configure">Says how vaults are reached, for every KEK that does not say so itself.</param>
    public static ColumnCryptBuilder AddAzureKeyVault(this ColumnCryptBuilder builder, Action<AzureKeyVaultOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddKekProvider(new AzureKeyVaultProvider(configure));
    }

    /// <summary>Says how the vault of one KEK is reached: <c>UseKek(uri, o => o.AzureKeyVault(vault => vault.Credential = new ManagedIdentityCredential(…)))</c>.</summary>
    /// <param name="options">The options of the KEK.</param>
    /// <param name="configure">Changes the options.</param>
    public static KekOptions AzureKeyVault(this KekOptions options, Action<AzureKeyVaultOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(configure);
        options.Of<AzureKeyVaultSettings>().Configure += configure;
        return options;
    }
}
