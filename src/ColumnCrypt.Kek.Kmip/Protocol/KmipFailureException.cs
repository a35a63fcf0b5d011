namespace ColumnCrypt.Kek.Kmip.Protocol;

/// <summary>The server refused an operation. What it says beyond the reason is left out: it could repeat what was sent.</summary>
/// <param name="operation">The operation.</param>
/// <param name="reason">The reason.</param>
internal sealed class KmipFailureException(Operation operation, ResultReason reason) : Exception($"{operation} failed: {reason}.")
{
    public Operation Operation => operation;

    public ResultReason Reason => reason;
}
