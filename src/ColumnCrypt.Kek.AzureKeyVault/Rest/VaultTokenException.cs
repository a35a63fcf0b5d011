namespace ColumnCrypt.Kek.AzureKeyVault.Rest;

/// <summary>There is no token for a vault.</summary>
internal sealed class VaultTokenException(string message, bool isTransient, Exception? innerException) : Exception(message, innerException)
{
    /// <summary>True where another attempt may bring one.</summary>
    public bool IsTransient => isTransient;
}
