namespace ColumnCrypt.Kek.AzureKeyVault.Rest;

/// <summary>A vault could not be reached, or did not answer as one does.</summary>
internal sealed class VaultTransportException(string message, Exception? innerException = null) : Exception(message, innerException);
