using System.Buffers;

namespace ColumnCrypt.Crypto;

/// <summary>
/// Key bytes outside the managed heap: never moved, never copied by the collector, zeroed when disposed or, at the latest, when
/// collected. Not thread-safe against its own disposal: owners serialise the two, and keep the object alive while they use its
/// span.
/// </summary>
internal sealed unsafe class SecretBytes : MemoryManager<byte>
{
    private readonly Slot _slot;

    internal SecretBytes(SecretMemory memory, byte* slot, int length)
    {
        _slot = new Slot(memory, slot);
        Length = length;
    }

    public int Length { get; }

    public override Span<byte> GetSpan() => new(Address, Length);

    public override MemoryHandle Pin(int elementIndex = 0)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)elementIndex, (uint)Length, nameof(elementIndex));
        return new MemoryHandle(Address + elementIndex, pinnable: this);
    }

    public override void Unpin()
    {
        // Native memory does not move.
    }

    public void Dispose() => ((IDisposable)this).Dispose();

    protected override void Dispose(bool disposing) => _slot.Free();

    private byte* Address
    {
        get
        {
            ObjectDisposedException.ThrowIf(_slot.Address is null, this);
            return _slot.Address;
        }
    }

    private sealed class Slot(SecretMemory memory, byte* address)
    {
        private nint _address = (nint)address;

        ~Slot() => Free();

        public byte* Address => (byte*)_address;

        public void Free()
        {
            nint taken = Interlocked.Exchange(ref _address, 0);
            if (taken != 0)
            {
                memory.Return((byte*)taken);
                GC.SuppressFinalize(this);
            }
        }
    }
}
