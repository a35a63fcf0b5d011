using System.Buffers;
using System.Security.Cryptography;

namespace ColumnCrypt.Kek.Vault.Http;

/// <summary>What is sent to Vault or comes from it, in memory that does not move, zeroed where it grows and when disposed. Not thread-safe.</summary>
/// <param name="capacity">Its first size, in bytes.</param>
internal sealed class SecretBuffer(int capacity) : IBufferWriter<byte>, IDisposable
{
    private byte[] _bytes = GC.AllocateUninitializedArray<byte>(capacity, pinned: true);
    private int _size;

    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, _size);

    public void Advance(int count) => _size = _size + count <= _bytes.Length ? _size + count : throw new ArgumentOutOfRangeException(nameof(count));

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (_bytes.Length - _size < Math.Max(sizeHint, 1))
        {
            byte[] larger = GC.AllocateUninitializedArray<byte>(Math.Max(_size + sizeHint, _bytes.Length * 2), pinned: true);
            _bytes.AsSpan(0, _size).CopyTo(larger);
            CryptographicOperations.ZeroMemory(_bytes);
            _bytes = larger;
        }

        return _bytes.AsMemory(_size);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_bytes);
        _size = 0;
    }
}
