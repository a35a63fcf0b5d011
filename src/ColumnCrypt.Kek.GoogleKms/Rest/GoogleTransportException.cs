namespace ColumnCrypt.Kek.GoogleKms.Rest;

/// <summary>Cloud KMS could not be reached, or did not answer as it does.</summary>
internal sealed class GoogleTransportException(string message, Exception? innerException = null) : Exception(message, innerException);
