namespace ColumnCrypt;

/// <summary>A value belongs to another tenant than the one it was read or saved for. Raised before any plaintext exists.</summary>
public sealed class TenantMismatchException : ColumnCryptException
{
    /// <summary>Creates the error.</summary>
    /// <param name="message">What happened and what to do about it.</param>
    /// <param name="innerException">The cause, or null.</param>
    public TenantMismatchException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
