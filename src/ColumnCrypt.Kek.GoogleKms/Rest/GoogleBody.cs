using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ColumnCrypt.Kek.GoogleKms.Rest;

/// <summary>The body of a request: a JSON object of bytes, each with its CRC-32C. Zeroed when disposed.</summary>
internal sealed class GoogleBody : IDisposable
{
    private readonly byte[] _bytes = GC.AllocateArray<byte>(4_096, pinned: true);
    private int _size;

    public ReadOnlyMemory<byte> Json => _bytes.AsMemory(0, _size);

    /// <summary>Adds bytes and, with <c>Crc32c</c> behind their name, what they add up to.</summary>
    public GoogleBody Add(string name, ReadOnlySpan<byte> value)
    {
        // A comma in place of the brace that ended it.
        _size = Math.Max(0, _size - 1);
        Append($"{(_size == 0 ? '{' : ',')}\"{name}\":\"");
        Base64.EncodeToUtf8(value, _bytes.AsSpan(_size), out _, out int written);
        _size += written;
        Append(string.Create(CultureInfo.InvariantCulture, $"\",\"{name}Crc32c\":\"{Crc32C.Of(value)}\"}}"));
        return this;
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(_bytes);

    private void Append(string text) => _size += Encoding.ASCII.GetBytes(text, _bytes.AsSpan(_size));
}
