using System.Runtime.CompilerServices;
using ColumnCrypt.Crypto;

namespace ColumnCrypt.Tests.Crypto;

// PEERS 16: locked memory is bounded, and its lack is a warning
public sealed unsafe class SecretMemoryTests
{
    [Fact]
    public void Secret_WhenDisposed_IsZeroedAndNotUsable()
    {
        var memory = new SecretMemory(0, static _ => { });
        var secret = memory.Copy([1, 2, 3, 4]);
        byte* slot = (byte*)secret.Pin().Pointer;
        Assert.Equal([1, 2, 3, 4], secret.GetSpan().ToArray());
        secret.Dispose();
        secret.Dispose();
        Assert.Equal(new byte[64], new Span<byte>(slot, 64).ToArray());
        Assert.Throws<ObjectDisposedException>(() => secret.GetSpan().Length);
    }

    [Fact]
    public void Secret_WhenForgotten_IsZeroedByTheCollector()
    {
        var memory = new SecretMemory(0, static _ => { });
        nint slot = Forget(memory);
        for (int i = 0; i < 10 && ((byte*)slot)[0] != 0; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.Equal(0, ((byte*)slot)[0]);
    }

    [Fact]
    public void Slots_AreReused()
    {
        var memory = new SecretMemory(0, static _ => { });
        var first = memory.Rent(32);
        nint slot = (nint)first.Pin().Pointer;
        first.Dispose();
        using var second = memory.Rent(32);
        Assert.Equal(slot, (nint)second.Pin().Pointer);
    }

    [Fact]
    public void Locking_StopsAtItsBound_AndIsNoError()
    {
        int refusals = 0;
        var memory = new SecretMemory(2 * Environment.SystemPageSize, _ => refusals++);
        var secrets = Enumerable.Range(0, 1_000).Select(_ => memory.Rent(32)).ToList();
        Assert.InRange(memory.LockedBytes, 0, 2 * Environment.SystemPageSize);
        Assert.InRange(refusals, 0, 1);
        Assert.True(memory.LockedBytes > 0 || refusals == 1);
        secrets.ForEach(static secret => secret.Dispose());
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static nint Forget(SecretMemory memory) => (nint)memory.Copy([7]).Pin().Pointer;
}
