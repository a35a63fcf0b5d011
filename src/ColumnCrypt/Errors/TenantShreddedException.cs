namespace ColumnCrypt;

/// <summary>The keys of the tenant are destroyed: its values cannot be read any more, by anybody.</summary>
public sealed class TenantShreddedException : ColumnCryptException
{
    /// <summary>Creates the error.</summary>
    /// <param name="message">What happened and what to do about it.</param>
    /// <param name="innerException">The cause, or null.</param>
    public TenantShreddedException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
