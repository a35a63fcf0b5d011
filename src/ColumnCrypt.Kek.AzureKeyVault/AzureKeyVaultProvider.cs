using Azure.Identity;
using ColumnCrypt.Kek.AzureKeyVault.Rest;

namespace ColumnCrypt.Kek.AzureKeyVault;

/// <summary>Opens the KEKs of Azure Key Vault and Managed HSM.</summary>
/// <param name="configure">Says how vaults are reached where a KEK does not say so itself; null for nothing.</param>
/// <param name="handler">Makes what carries requests; null for https as the platform has it.</param>
/// <param name="time">The clock; null for that of the system.</param>
internal sealed class AzureKeyVaultProvider(Action<AzureKeyVaultOptions>? configure, Func<HttpMessageHandler>? handler = null, TimeProvider? time = null) : IKekProvider
{
    public string Scheme => "azure-kv";

    public IKeyEncryptionKey Open(string uri, KekOptions options)
    {
        ArgumentNullException.ThrowIfNull(uri);
        ArgumentNullException.ThrowIfNull(options);
        var key = AzureKeyUri.Parse(uri, Scheme);
        var own = new AzureKeyVaultOptions();
        configure?.Invoke(own);
        if (options.IsTenantsOwn)
        {
            own.Credential = null;
        }

        options.Of<AzureKeyVaultSettings>().Configure?.Invoke(own);
        string suffix = own.VaultSuffixes.FirstOrDefault(suffix => EndsIn(key.Host, suffix)) ?? throw new EncryptionModelException(
            $"The host of {uri} ends in none of the VaultSuffixes, which are {string.Join(", ", own.VaultSuffixes)}. Add its own in AddAzureKeyVault only where you trust every host below it.");
        if (options.IsTenantsOwn && own.Credential is null)
        {
            throw new EncryptionModelException(
                $"{uri} is a tenant's own KEK and needs that tenant's credential: set AzureKeyVault(vault => vault.Credential = …) in UseTenantKeks. The identity of this process is another's.");
        }

        var clock = time ?? TimeProvider.System;
        var tokens = new VaultTokens(own.Credential ?? new DefaultAzureCredential(new DefaultAzureCredentialOptions { Retry = { MaxRetries = 0 } }), clock);
        return new AzureKeyVaultKek(uri, key, own.Algorithm, options.AllowWeakKek, new VaultClient(key.Host, suffix, tokens, (handler ?? VaultClient.Https)()), clock);
    }

    private static bool EndsIn(string host, string suffix) => suffix.Length > 0 && host.EndsWith("." + suffix, StringComparison.OrdinalIgnoreCase);
}
