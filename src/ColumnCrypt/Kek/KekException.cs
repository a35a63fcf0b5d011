namespace ColumnCrypt.Kek;

/// <summary>A KEK call failed. <see cref="Failure"/> says how; the message never holds a context, a key or a passphrase.</summary>
public sealed class KekException : ColumnCryptException
{
    /// <summary>Creates the error.</summary>
    /// <param name="failure">How the call failed.</param>
    /// <param name="message">What happened and what to do about it.</param>
    /// <param name="innerException">The cause, or null.</param>
    public KekException(KekFailure failure, string message, Exception? innerException = null)
        : base(message, innerException) => Failure = failure;

    /// <summary>How the call failed.</summary>
    public KekFailure Failure { get; }

    /// <inheritdoc/>
    public override bool IsTransient => Failure == KekFailure.Unavailable;
}
