using System.Security.Cryptography;

namespace ColumnCrypt.Kek.Pkcs11;

/// <summary>A key that goes to a token or comes from it, in memory that does not move, zeroed when disposed. Not thread-safe.</summary>
internal sealed class TokenSecret : IDisposable
{
    private readonly byte[] _bytes = GC.AllocateArray<byte>(TokenWrap.MaximumOpenedSize, pinned: true);
    private int _size;

    public TokenSecret(ReadOnlySpan<byte> key)
    {
        key.CopyTo(_bytes);
        _size = key.Length;
    }

    /// <param name="fill">Fills the memory, and gives the size of the key in bytes.</param>
    public TokenSecret(Filling fill)
    {
        try
        {
            _size = fill(_bytes);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public delegate int Filling(Span<byte> destination);

    public ReadOnlySpan<byte> Span => _bytes.AsSpan(0, _size);

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_bytes);
        _size = 0;
    }
}
