namespace ColumnCrypt;

/// <summary>A stored value is not a ciphertext that ColumnCrypt wrote for this column: changed, cut, extended, copied from another column, or of an unknown suite.</summary>
public sealed class CiphertextInvalidException : ColumnCryptException
{
    /// <summary>Creates the error.</summary>
    /// <param name="message">What happened and what to do about it.</param>
    /// <param name="innerException">The cause, or null.</param>
    public CiphertextInvalidException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
