namespace ColumnCrypt;

/// <summary>A KEK, or its wraps, cannot go yet: keys or nodes depend on it.</summary>
public sealed class KekInUseException : ColumnCryptException
{
    /// <summary>Creates the error.</summary>
    /// <param name="message">What would be lost, and what to do first.</param>
    /// <param name="innerException">The cause, or null.</param>
    public KekInUseException(string message, Exception? innerException = null)
        : this(message, isTransient: false, innerException)
    {
    }

    /// <summary>Creates the error.</summary>
    /// <param name="message">What would be lost, and what to do first.</param>
    /// <param name="isTransient">Whether what depends on it goes by itself.</param>
    /// <param name="innerException">The cause, or null.</param>
    public KekInUseException(string message, bool isTransient, Exception? innerException = null)
        : base(message, innerException) => IsTransient = isTransient;

    /// <inheritdoc/>
    public override bool IsTransient { get; }
}
