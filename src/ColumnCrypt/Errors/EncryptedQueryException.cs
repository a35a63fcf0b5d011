namespace ColumnCrypt;

/// <summary>A query asks the database to compute on ciphertext. Raised when the query is compiled; the message names the property and the way out.</summary>
public sealed class EncryptedQueryException : ColumnCryptException
{
    /// <summary>Creates the error.</summary>
    /// <param name="message">What happened and what to do about it.</param>
    /// <param name="innerException">The cause, or null.</param>
    public EncryptedQueryException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
