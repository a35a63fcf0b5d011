namespace ColumnCrypt.Kek.Vault;

/// <summary>What the options of one KEK say of its Vault.</summary>
internal sealed class VaultSettings
{
    public Action<VaultOptions>? Configure { get; set; }
}
