namespace ColumnCrypt;

/// <summary>A key exists, or should, but cannot be used now. <see cref="Reason"/> says why.</summary>
public sealed class KeyUnavailableException : ColumnCryptException
{
    /// <summary>Creates the error.</summary>
    /// <param name="reason">Why the key cannot be used.</param>
    /// <param name="message">What happened and what to do about it.</param>
    /// <param name="innerException">The cause, or null.</param>
    public KeyUnavailableException(KeyUnavailableReason reason, string message, Exception? innerException = null)
        : base(message, innerException) => Reason = reason;

    /// <summary>Why the key cannot be used.</summary>
    public KeyUnavailableReason Reason { get; }

    /// <inheritdoc/>
    public override bool IsTransient => Reason == KeyUnavailableReason.Unavailable;
}
