using System.Security.Cryptography;

namespace ColumnCrypt.Kek.Kmip.Protocol;

/// <summary>What became of one operation. Zeroes the payload, which may hold a key, once disposed.</summary>
/// <param name="operation">The operation.</param>
/// <param name="failure">Why it failed; null where it did not.</param>
/// <param name="payload">The items of its payload; none where it failed.</param>
internal sealed class KmipResult(Operation operation, ResultReason? failure, byte[] payload) : IDisposable
{
    public Operation Operation => operation;

    public ResultReason? Failure => failure;

    /// <exception cref="KmipFailureException">The operation failed.</exception>
    public TtlvReader Payload => failure is { } reason ? throw new KmipFailureException(operation, reason) : new TtlvReader(payload);

    public void Dispose() => CryptographicOperations.ZeroMemory(payload);
}
