using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace ColumnCrypt.Kek.AzureKeyVault.Rest;

/// <summary>The body of a request: a JSON object of names, and of bytes in base64url. Zeroed when disposed.</summary>
internal sealed class VaultBody : IDisposable
{
    private readonly byte[] _bytes = GC.AllocateArray<byte>(4_096, pinned: true);
    private int _size;

    public VaultBody(string algorithm) => Append($"{{\"alg\":\"{algorithm}\"}}");

    public ReadOnlyMemory<byte> Json => _bytes.AsMemory(0, _size);

    /// <summary>Adds a member.</summary>
    public VaultBody Add(string name, ReadOnlySpan<byte> value)
    {
        _size--;
        Append($",\"{name}\":\"");
        _size += Base64Url.EncodeToUtf8(value, _bytes.AsSpan(_size));
        Append("\"}");
        return this;
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(_bytes);

    private void Append(string text) => _size += Encoding.ASCII.GetBytes(text, _bytes.AsSpan(_size));
}
