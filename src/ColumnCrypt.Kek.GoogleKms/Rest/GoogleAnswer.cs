using System.Security.Cryptography;

namespace ColumnCrypt.Kek.GoogleKms.Rest;

/// <summary>What Cloud KMS answered. The body is zeroed when disposed: it may hold a key.</summary>
/// <param name="status">The status code.</param>
/// <param name="body">The body, which is the answer's from now on.</param>
internal sealed class GoogleAnswer(int status, ArraySegment<byte> body) : IDisposable
{
    public int Status => status;

    public ReadOnlyMemory<byte> Body => body;

    public void Dispose() => CryptographicOperations.ZeroMemory(body);
}
