using ColumnCrypt.Kek;
using ColumnCrypt.Kek.Vault;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>KEKs in the transit engine of HashiCorp Vault or OpenBao.</summary>
public static class VaultBuilderExtensions
{
    /// <summary>Registers <c>vault:</c>: <c>vault:MOUNT/KEY</c>, the mount of the transit engine and the name of the key.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="configure">Says how Vault is reached, for every KEK that does not say so itself.</param>
    public static ColumnCryptBuilder AddVault(this ColumnCryptBuilder builder, Action<VaultOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddKekProvider(new VaultProvider(configure, () => builder.TimeProvider));
    }

    /// <summary>Says how Vault is reached for one KEK: <c>UseKek(uri, o => o.Vault(vault => vault.Namespace = "clinic"))</c>.</summary>
    /// <param name="options">The options of the KEK.</param>
    /// <param name="configure">Changes the options.</param>
    public static KekOptions Vault(this KekOptions options, Action<VaultOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(configure);
        options.Of<VaultSettings>().Configure += configure;
        return options;
    }
}
