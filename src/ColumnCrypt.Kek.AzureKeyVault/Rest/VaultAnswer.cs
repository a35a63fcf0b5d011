using System.Security.Cryptography;

namespace ColumnCrypt.Kek.AzureKeyVault.Rest;

/// <summary>What a vault answered. The body is zeroed when disposed: it may hold a key.</summary>
/// <param name="status">The status code.</param>
/// <param name="challenge">What the vault wants of a token; null where it does not say so.</param>
/// <param name="body">The body, which is the answer's from now on.</param>
internal sealed class VaultAnswer(int status, VaultChallenge? challenge, ArraySegment<byte> body) : IDisposable
{
    public int Status => status;

    public VaultChallenge? Challenge => challenge;

    public ReadOnlyMemory<byte> Body => body;

    public void Dispose() => CryptographicOperations.ZeroMemory(body);
}
