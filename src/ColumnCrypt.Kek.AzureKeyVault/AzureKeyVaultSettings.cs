namespace ColumnCrypt.Kek.AzureKeyVault;

/// <summary>What the options of one KEK say of its vault.</summary>
internal sealed class AzureKeyVaultSettings
{
    public Action<AzureKeyVaultOptions>? Configure { get; set; }
}
