namespace ColumnCrypt;

/// <summary>
/// The base of every error that ColumnCrypt raises on purpose. A message names table, column, key id and tenant; never data,
/// never key bytes.
/// </summary>
public class ColumnCryptException : Exception
{
    /// <summary>Creates the error.</summary>
    /// <param name="message">What happened and what to do about it.</param>
    /// <param name="innerException">The cause, or null.</param>
    public ColumnCryptException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }

    /// <summary>True where the same call may succeed later without anybody changing anything. Default: false.</summary>
    public virtual bool IsTransient => false;
}
