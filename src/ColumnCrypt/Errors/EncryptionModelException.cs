namespace ColumnCrypt;

/// <summary>The model, or the configuration, asks for something that encryption cannot give. Raised when the model is built, or at start-up.</summary>
public sealed class EncryptionModelException : ColumnCryptException
{
    /// <summary>Creates the error.</summary>
    /// <param name="message">What happened and what to do about it.</param>
    /// <param name="innerException">The cause, or null.</param>
    public EncryptionModelException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
