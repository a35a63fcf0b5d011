using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace ColumnCrypt.Crypto;

/// <summary>
/// Hands out 64-byte slots of native memory for key bytes. Pages are locked into RAM and kept out of core dumps up to a bound,
/// where the system allows it; beyond it, or where it does not, keys live in unlocked memory and <see cref="LockRefused"/> is
/// called once. Thread-safe.
/// </summary>
internal sealed unsafe class SecretMemory(long lockedLimit, Action<string> lockRefused)
{
    /// <summary>The size of a slot, and of the longest key: 64 bytes.</summary>
    public const int SlotSize = 64;

    private readonly Lock _gate = new();
    private readonly Stack<nint> _free = new();
    private long _locked;
    private bool _refused;

    private Action<string> LockRefused { get; } = lockRefused;

    /// <summary>The bytes locked so far.</summary>
    public long LockedBytes => Interlocked.Read(ref _locked);

    public SecretBytes Rent(int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, SlotSize);
        lock (_gate)
        {
            if (_free.Count == 0)
            {
                AddPage();
            }

            return new SecretBytes(this, (byte*)_free.Pop(), length);
        }
    }

    /// <summary>A secret with a copy of these bytes.</summary>
    public SecretBytes Copy(ReadOnlySpan<byte> bytes)
    {
        var secret = Rent(bytes.Length);
        bytes.CopyTo(secret.GetSpan());
        return secret;
    }

    internal void Return(byte* slot)
    {
        CryptographicOperations.ZeroMemory(new Span<byte>(slot, SlotSize));
        lock (_gate)
        {
            _free.Push((nint)slot);
        }
    }

    // Pages are kept for the life of the process: a slot may outlive its owner until the collector has run, and what is in
    // them is zeroed.
    private void AddPage()
    {
        int size = Environment.SystemPageSize;
        byte* page = (byte*)NativeMemory.AlignedAlloc((nuint)size, (nuint)size);
        NativeMemory.Clear(page, (nuint)size);
        LockPage(page, size);
        for (int offset = 0; offset + SlotSize <= size; offset += SlotSize)
        {
            _free.Push((nint)(page + offset));
        }
    }

    private void LockPage(byte* page, int size)
    {
        if (_refused || _locked + size > lockedLimit)
        {
            return;
        }

        if (SystemMemory.TryLock(page, (nuint)size, out string? why))
        {
            _locked += size;
            return;
        }

        _refused = true;
        LockRefused(why);
    }
}
