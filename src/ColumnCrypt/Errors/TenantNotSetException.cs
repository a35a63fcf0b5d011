namespace ColumnCrypt;

/// <summary>An encrypted property was read or written while no tenant was set.</summary>
public sealed class TenantNotSetException : ColumnCryptException
{
    /// <summary>Creates the error.</summary>
    /// <param name="message">What happened and what to do about it.</param>
    /// <param name="innerException">The cause, or null.</param>
    public TenantNotSetException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
