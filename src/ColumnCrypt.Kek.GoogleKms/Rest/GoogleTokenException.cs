namespace ColumnCrypt.Kek.GoogleKms.Rest;

/// <summary>There is no token for Cloud KMS.</summary>
internal sealed class GoogleTokenException(string message, bool isTransient, Exception? innerException) : Exception(message, innerException)
{
    /// <summary>True where another attempt may bring one.</summary>
    public bool IsTransient => isTransient;
}
