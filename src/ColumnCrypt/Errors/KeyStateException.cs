namespace ColumnCrypt;

/// <summary>The state of a key, a tenant or a job does not allow what an operator asked for.</summary>
public sealed class KeyStateException : ColumnCryptException
{
    /// <summary>Creates the error.</summary>
    /// <param name="message">Which state it is, and what is possible instead.</param>
    /// <param name="innerException">The cause, or null.</param>
    public KeyStateException(string message, Exception? innerException = null)
        : this(message, isTransient: false, innerException)
    {
    }

    /// <summary>Creates the error.</summary>
    /// <param name="message">Which state it is, and what is possible instead.</param>
    /// <param name="isTransient">Whether the state passes by itself.</param>
    /// <param name="innerException">The cause, or null.</param>
    public KeyStateException(string message, bool isTransient, Exception? innerException = null)
        : base(message, innerException) => IsTransient = isTransient;

    /// <inheritdoc/>
    public override bool IsTransient { get; }
}
